import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { askDaemon } from "../../../src/hw/cli/ask-daemon.ts";
import { balloonHw, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because, emulationProgram } from "../../support/processes/emulation.ts";
import { keptRights } from "../../support/processes/native-child.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(5);

const missing = addonMissing();

/** Waits until a process has said something on standard error; returns all that it has said. */
const said = (child: ChildProcess, what: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (piece) => {
      text += piece;
      if (text.includes(what)) resolve(text);
    });
    child.once("close", () => reject(new Error(`it ended without saying "${what}":\n${text}`)));
  });

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once("close", resolve);
  });

/** The different sets of effective capabilities that the threads of a daemon have. */
const rightsOf = ({ child }: EmulatedDaemon): string[] => {
  const tasks = `/proc/${child.pid}/task`;
  if (!existsSync(tasks)) return [];
  const all = readdirSync(tasks).map((task) => readFileSync(join(tasks, task, "status"), "utf8"));
  return [...new Set(all.map((status) => /^CapEff:\s+(\w+)$/m.exec(status)?.[1] ?? ""))];
};

/** The name under which a file of metrics is written, without its end. */
const dotted = (path: string): string => join(path, "..", `.${path.split("/").at(-1)}`);

const started: EmulatedDaemon[] = [];
afterEach(async () => {
  for (const daemon of started.splice(0)) if (daemon.child.exitCode === null) await daemon.kill();
});

/** A daemon whose host asks for 64 MiB at once. */
function start(more: readonly string[] = [], script: readonly string[] = ["target 0 16384"], root = ROOT) {
  const directory = scratchDirectory();
  const socket = join(directory, "control.sock");
  const args = [...(more.includes("--socket") ? [] : ["--socket", socket]), "--floor", "4KiB", ...more];
  const daemon = new EmulatedDaemon({ directory, script, args, root });
  started.push(daemon);
  const inflated = () => daemon.until(() => (daemon.cycles().at(-1)?.size ?? 0) === 16_384, "64 MiB in the balloon");
  return { directory, socket, daemon, inflated };
}

describe.skipIf(missing !== undefined)(`the daemon as a process${because(missing)}`, () => {
  it.each(["SIGTERM", "SIGINT"] as const)("%s: START, then memory back, then exit code 0", async (signal) => {
    const { daemon, inflated, socket } = start();
    await inflated();
    const { counters } = JSON.parse(await askDaemon(socket, "/status"));
    expect(counters).toMatchObject({ pinnedPages: 16_384, populatedPages: 16_384, floorHits: 0 });
    expect(daemon.host()).toMatchObject({ locked: 16_384, resets: 0 });
    daemon.child.kill(signal);
    expect(await daemon.exited).toEqual({ status: 0, signal: null });
    const host = daemon.host();
    // The second START strikes out what was locked; no page was taken back by UNLOCK.
    expect([host?.locked, host?.commands[0], host?.commands[3], host?.violations]).toEqual([0, 2, 0, 0]);
    expect(daemon.log).toContain(`${signal}: 64MiB go back to the guest`);
    expect(daemon.log.trim().split("\n").at(-1)).toContain("all memory is freed");
    expect(existsSync(socket)).toBe(false);
  });

  it.skipIf(spawnSync("strace", ["-V"]).error !== undefined)(
    "is not cut short by a second signal before everything is closed",
    async () => {
      const directory = scratchDirectory();
      const script = join(directory, "host.txt");
      writeFileSync(script, "balloon-host 1\ntarget 0 1000\n");
      const calls = join(directory, "calls");
      const command = [process.execPath, join(ROOT, "bin/balloon-hw.js"), "emulate", script, "--for", "1"];
      const env = { ...process.env, TMPDIR: directory };
      const run = spawnSync("strace", ["-o", calls, "-e", "trace=rt_sigaction,rmdir", ...command], { env });
      expect(run.status).toBe(0);
      const text = readFileSync(calls, "utf8");
      // Its handlers, the directory of its socket that is removed last, and from then on what the kernel does of itself.
      const handled = text.lastIndexOf("rt_sigaction(SIGTERM, {sa_handler=0x");
      const removed = text.indexOf(`rmdir("${directory}/balloon-hw-`);
      expect([handled > 0, removed > handled]).toEqual([true, true]);
      expect(text.slice(handled, removed)).not.toMatch(/rt_sigaction\(SIG(TERM|INT), \{sa_handler=SIG_DFL/);
    },
  );

  it("reports once what a script can't express of a trace's host", () => {
    const trace = join(scratchDirectory(), "doorbell.json");
    const host = { target: "4MiB", capabilities: ["batched", "doorbell"] };
    const head = { format: "balloon-sim/trace", version: 1, duration: 60, guest: { memory: "1GiB" } };
    writeFileSync(trace, JSON.stringify({ ...head, host }));
    const { status, stderr } = balloonHw(["emulate", trace, "--for", "1"]);
    expect(status).toBe(0);
    expect(stderr.match(/the host's script leaves out the capability doorbell: /g)).toHaveLength(1);
  });

  it("drops all rights on all threads once it runs, and goes on", async () => {
    const { daemon, inflated } = start([], ["target 0 16384", "target 3000000 32768"]);
    await inflated();
    const tasks = `/proc/${daemon.child.pid}/task`;
    for (const task of readdirSync(tasks)) {
      const status = readFileSync(join(tasks, task, "status"), "utf8");
      expect([task, ...(status.match(/^(CapEff|CapPrm|CapBnd|NoNewPrivs):\s+\w+$/gm) ?? [])]).toEqual([
        task,
        ...[`CapPrm:\t${keptRights()}`, `CapEff:\t${keptRights()}`, `CapBnd:\t${keptRights()}`, "NoNewPrivs:\t1"],
      ]);
    }
    await daemon.until(() => daemon.cycles().at(-1)?.size === 32_768, "a larger balloon");
    daemon.child.kill("SIGHUP");
    await daemon.until(() => daemon.log.includes("rates and limits were read again"), "the reload");
    expect((await daemon.stop()).status).toBe(0);
    expect(daemon.log).not.toContain("warning");
  });

  it("answers status, metrics and health while it runs", async () => {
    const { daemon, inflated, socket } = start(["--metrics", "127.0.0.1:0"]);
    await inflated();
    const port = /127\.0\.0\.1:(\d+)/.exec(daemon.log)?.[1];
    const status = balloonHw(["status", "--socket", socket]);
    expect([status.status, status.stdout.split("\n").slice(0, 2)]).toEqual([
      0,
      ["target:                16384 pages", "current:               16384 pages"],
    ]);
    const all = JSON.parse(balloonHw(["status", "--json", "--socket", socket]).stdout);
    expect(all).toMatchObject({
      phase: "running",
      host: "emulated",
      protocol: "basic",
      pid: daemon.child.pid,
      state: { size: 16_384 },
    });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain("\nballoon_size_bytes 67108864\n");
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/status`)).status).toBe(404);
    expect(await askDaemon(socket, "/health")).toBe("ok\n");
    // A second one finds both addresses taken, and has its balloon all the same.
    const second = start(["--socket", socket, "--metrics", `127.0.0.1:${port}`]);
    await second.inflated();
    for (const taken of [
      `--socket unix:${socket}: another process listens there`,
      `--metrics 127.0.0.1:${port}: the port is in use`,
    ]) {
      expect(second.daemon.log).toContain(taken);
    }
    await daemon.stop();
    await second.daemon.until(() => second.daemon.log.includes("--metrics works again"), "the port, when it is free");
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toMatch(
      /\nballoon_auxiliary_up\{what="metrics"\} 1\nballoon_auxiliary_up\{what="cycles"\} 1\n/,
    );
    await second.daemon.stop();
  });

  it("reports the version that it was started from, also after the package is replaced", async () => {
    const root = scratchDirectory();
    for (const part of ["bin", "dist/common", "dist/engine", "dist/hw", "build/Release/balloon_hw.node"]) {
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const upgrade = (version: string) =>
      writeFileSync(join(root, "package.json"), JSON.stringify({ ...manifest, version }));
    upgrade("1.2.3");
    const { inflated, socket } = start([], ["target 0 16384"], root);
    await inflated();
    for (const change of [() => upgrade("4.5.6"), () => rmSync(join(root, "package.json"))]) {
      change();
      expect(await askDaemon(socket, "/metrics")).toContain('version="1.2.3"');
      expect(JSON.parse(await askDaemon(socket, "/status"))).toMatchObject({ version: "1.2.3" });
    }
  });

  it("puts other rates in force on SIGHUP, keeps its balloon, and keeps the old rates where the file is bad", async () => {
    const settings = scratchDirectory();
    const rates = join(settings, "rates.json");
    const config = join(settings, "daemon.json");
    writeFileSync(rates, '{"free-max": 700}');
    writeFileSync(config, '{"rates": "rates.json", "floor": "16MiB"}');
    const { daemon, inflated, socket } = start(
      ["--config", config, "--log", "json"],
      ["target 0 16384", "target 4000000 0"],
    );
    await inflated();
    const reload = async (text: string, said: string) => {
      writeFileSync(rates, text);
      daemon.child.kill("SIGHUP");
      await daemon.until(() => daemon.log.includes(said), said);
    };
    await reload('{"free-max": }', `${rates}:1:14`);
    writeFileSync(config, '{"max": "0%"}');
    await reload("{}", 'expected more than 0, found \\"0%\\": the order');
    writeFileSync(config, '{"rates": "rates.json", "psi-limit": 3, "pin": "io_uring", "io-permission": "none"}');
    await reload('{"free-max": 300, "free-min": 5}', "only a restart puts it in force: io-permission, pin");
    const { state, limits } = JSON.parse(await askDaemon(socket, "/status"));
    expect([state.size, state.start, limits.psiLimit]).toEqual([16_384, 1, 3]);
    await daemon.until(() => daemon.cycles().some(({ size }) => size < 16_384), "a cycle of the deflation");
    expect(daemon.cycles().find(({ size }) => size < 16_384)?.freed).toBe(300);
    expect((await daemon.stop()).status).toBe(0);
    for (const line of daemon.log.trim().split("\n")) {
      const entry = JSON.parse(line);
      expect(entry).toMatchObject({ program: "balloon-hw", pid: daemon.child.pid, event: expect.any(String) });
      expect(Date.parse(entry.time)).not.toBeNaN();
    }
  });

  it("asks a host that is not ready each second, and ends at once on a signal", async () => {
    const { daemon, socket } = start([], ["target 0 100", "rule start 0 2500000 - 1 1 -1"]);
    await daemon.until(() => daemon.log.includes("the host does not accept START"), "the warning");
    const health = await askDaemon(socket, "/health").catch((error: Error) => error.message);
    expect(health).toContain("status 503");
    await daemon.until(() => daemon.log.includes("the host has accepted START"), "the host's answer");
    expect(daemon.host()?.commands[0]).toBeGreaterThanOrEqual(3);
    expect(daemon.log.match(/does not accept START/g)).toHaveLength(1);
    expect((await daemon.stop()).status).toBe(0);
    const refused = start([], ["rule start 0 - - 1 1 -1"]);
    await refused.daemon.until(() => refused.daemon.log.includes("the host does not accept START"), "the warning");
    expect((await refused.daemon.stop()).status).toBe(0);
  });

  it("keeps its balloon where the disk is full, and reports that", async () => {
    const { daemon, socket } = start(["--record", "/dev/full", "--cycles", "/dev/full", "--log", "json"]);
    await daemon.until(() => daemon.host()?.locked === 16_384, "64 MiB in the balloon");
    await daemon.until(
      () => daemon.log.includes("--record /dev/full: no space left on the device"),
      "the end of the recording",
    );
    const row = "--cycles /dev/full: can't be written: no space left on the device";
    await daemon.until(() => daemon.log.includes(row), "the end of the rows of cycles");
    const { auxiliaries } = JSON.parse(await askDaemon(socket, "/status"));
    expect(auxiliaries).toMatchObject([
      { failure: null },
      { failure: expect.any(String) },
      { failure: expect.any(String) },
    ]);
    expect((await daemon.stop()).status).toBe(0);
  });

  /** A daemon with three files, and a pipe on which operations on them wait: from the start, or once the file `from` exists. */
  function withHangingFiles(from: string, script: readonly string[]) {
    const directory = scratchDirectory();
    const names = ["r.jsonl", "cycles.csv", "m.prom", "socket", "pipe"];
    const [record, cycles, metrics, socket, pipe] = names.map((name) => join(directory, name)) as [
      ...[string, string, string, string, string],
    ];
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const daemon = new EmulatedDaemon({
      ...{ directory, script },
      args: ["--socket", socket, "--floor", "4KiB", "--record", record, "--cycles", cycles, "--metrics-file", metrics],
      preload: {
        module: join(ROOT, "test/support/processes/hanging-files.mjs"),
        env: { HANGING_FILES: `${record}:${cycles}:${dotted(metrics)}`, HANGING_FROM: from, HANGING_PIPE: pipe },
      },
    });
    started.push(daemon);
    return { daemon, socket, pipe, files: [record, cycles, metrics] };
  }

  it("follows the host, answers and ends while the file system of its files does not answer", async () => {
    const from = join(scratchDirectory(), "from");
    const { daemon, socket } = withHangingFiles(from, ["target 0 16384", "target 8000000 32768"]);
    await daemon.until(() => daemon.cycles().at(-1)?.size === 16_384, "64 MiB in the balloon");
    writeFileSync(from, "");
    await daemon.until(() => daemon.host()?.locked === 32_768, "128 MiB in the balloon");
    const rows = daemon.cycles().length;
    await daemon.until(() => daemon.log.match(/has not answered for 10 s/g)?.length === 3, "three reports");
    expect(await askDaemon(socket, "/health")).toBe("ok\n");
    const { auxiliaries, state } = JSON.parse(await askDaemon(socket, "/status"));
    const stall = { failure: expect.stringContaining("the file system has not answered for"), failures: 0 };
    expect(auxiliaries).toMatchObject([{ failure: null }, stall, stall, stall]);
    expect([daemon.cycles().length, state.timer > rows + 8]).toEqual([rows, true]);
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(daemon.log.match(/the file system does not answer: the daemon ends without it/g)).toHaveLength(3);
    expect(daemon.log).toContain("all memory is freed");
    expect([daemon.host()?.locked, existsSync(socket)]).toEqual([0, false]);
  });

  it("begins while the file system of its files does not answer, and has dropped its rights", async () => {
    const { daemon, socket, pipe, files } = withHangingFiles("", ["target 0 16384", "target 8000000 32768"]);
    await daemon.until(() => daemon.host()?.locked === 16_384, "64 MiB in the balloon");
    expect(files.map((file) => existsSync(file))).toEqual([false, false, false]);
    expect(rightsOf(daemon)).toEqual([keptRights()]);
    await daemon.until(() => daemon.log.match(/has not answered for 10 s/g)?.length === 3, "three reports");
    // A writer, as long as the daemon opens files.
    const writer = openSync(pipe, "r+");
    await daemon.until(() => daemon.cycles().length > 0 && files.every((file) => existsSync(file)), "its files");
    await daemon.until(() => daemon.host()?.locked === 32_768, "128 MiB in the balloon");
    const { auxiliaries } = JSON.parse(await askDaemon(socket, "/status"));
    expect(auxiliaries).toMatchObject(Array(4).fill({ failure: null, failures: 0 }));
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    closeSync(writer);
    expect(rightsOf(daemon)).toEqual([]);
    expect(daemon.log).not.toContain("capabilities");
  });

  it("ends at a signal while it waits for its files, before the balloon has begun", async () => {
    const { daemon, socket } = withHangingFiles("", ["target 0 16384"]);
    await daemon.until(() => daemon.log.includes("stay available"), "the start");
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(daemon.log).toContain("SIGTERM: the balloon is empty");
    expect([daemon.host()?.commands[0] ?? 0, existsSync(socket)]).toEqual([0, false]);
  });

  it("is the only one on its machine", async () => {
    // Under the strict host a daemon takes the way to a real one: the port, the lock, the score.
    const directory = scratchDirectory();
    const script = join(directory, "host.txt");
    writeFileSync(script, "balloon-host 1\ntarget 0 100\n");
    const run = (name: string) => {
      const daemon = [
        "run",
        "--any-hypervisor",
        "--io-permission",
        "none",
        "--floor",
        "4KiB",
        "--socket",
        join(directory, name),
      ];
      const args = ["--script", script, "--", process.execPath, join(ROOT, "bin/balloon-hw.js"), ...daemon];
      // A /run of its own, which both share: other daemons of this machine have their own lock.
      const lock = join(directory, "run");
      mkdirSync(lock, { recursive: true });
      const inside = ["--mount", "sh", "-c", `mount --bind ${lock} /run && exec "$@"`, "sh"];
      return spawn("unshare", [...inside, emulationProgram("strict-host"), ...args], {
        stdio: ["ignore", "ignore", "pipe"],
      });
    };
    const first = run("first.sock");
    const log = await said(first, "the host has accepted START");
    expect(log).toContain("--any-hypervisor: the daemon starts nevertheless");
    const second = run("second.sock");
    await said(second, "balloon-hw run is already active on this machine: balloon-hw status asks it");
    expect(await exitOf(second)).toBe(23);
    expect(await askDaemon(join(directory, "first.sock"), "/health")).toBe("ok\n");
    first.kill("SIGTERM");
    expect(await exitOf(first)).toBe(0);
  });

  it("ends when its time is over, and leaves a recording", async () => {
    const record = join(scratchDirectory(), "run.jsonl");
    const { daemon } = start(["--for", "3s", "--record", record]);
    expect((await daemon.exited).status).toBe(0);
    const [header, ...samples] = readFileSync(record, "utf8").trimEnd().split("\n");
    const { columns } = JSON.parse(header as string) as { columns: { field: string }[] };
    const size = columns.findIndex(({ field }) => field === "current");
    expect(samples.length).toBeGreaterThanOrEqual(2);
    expect(JSON.parse(samples.at(-1) as string).v[size]).toBe(16_384);
  });
});
