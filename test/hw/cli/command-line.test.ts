import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT_REASONS, nativeFailure } from "../../../src/hw/exit-codes.ts";
import { FailureCode } from "../../../src/hw/native/addon.ts";
import { balloonHw, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { addonMissing, because, emulationProgram, readHostState } from "../../support/processes/emulation.ts";

const COMMANDS = ["run", "check", "status", "freeze", "drain", "limit", "thaw", "emulate"];
const scratch = scratchDirectory();

describe("--help", () => {
  test.each(["", ...COMMANDS])("%s", async (command) => {
    const { status, stdout, stderr } = balloonHw([...(command === "" ? [] : [command]), "--help"]);
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(`golden/help${command === "" ? "" : `-${command}`}.txt`);
  });

  test("lists these commands", () => {
    const { stdout } = balloonHw(["--help"]);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) \[/gm)].map(([, name]) => name);
    expect(listed.filter((name) => name !== "help")).toEqual(COMMANDS);
  });
});

describe("one line and exit code 2 for", () => {
  const config = join(scratch, "bad.json");
  writeFileSync(config, '{\n  // A slip.\n  "flor": "1GiB"\n}\n');
  const script = join(scratch, "bad-host.txt");
  writeFileSync(script, "balloon-host 1\ntarget later 5\n");
  const misspelt = join(scratch, "misspelt.json");
  const trace = {
    format: "balloon-sim/trace",
    version: 1,
    duration: 9,
    guest: { memory: "1GiB", driver: "vmw-baloon" },
  };
  writeFileSync(misspelt, JSON.stringify(trace));

  test.each([
    [["rum"], 'unknown command "rum"; did you mean "run"? (--help lists them)'],
    [["run", "--flor", "1"], 'unknown option "--flor"; did you mean "--floor"? (--help lists them)'],
    [["run", "extra"], "run: expected 0 arguments, found 1"],
    [
      ["run", "--floor", "4GB"],
      '--floor: expected a size with its unit, such as 512MiB (units are binary: write "4GiB")',
    ],
    [["run", "--config", config], `${config}:3:3: unknown setting "flor"; did you mean "floor"?`],
    [["run", "--rates", join(scratch, "none.json")], "no such file or directory"],
    [["run", "--metrics", "0.0.0.0:1"], "--metrics: other machines could reach this address"],
    [
      ["run", "--max", "lots"],
      "--max: expected a size with its unit, such as 512MiB, or a share of the machine's memory",
    ],
    [["limit", "8"], "limit: expected a size with its unit, such as 512MiB"],
    [["limit", "lots"], "machine's memory, such as 50%, or none"],
    [
      ["limit", "0%"],
      'limit: expected more than 0, found "0%": the order "balloon-hw drain --persist" keeps the balloon empty',
    ],
    [["limit"], "the argument <size> is missing"],
    [["freeze", "now"], "freeze: expected 0 arguments, found 1"],
    [["emulate", "no-such-trace"], 'no-such-trace: no such file, and no bundled trace "no-such-trace"'],
    [
      ["emulate", misspelt],
      `${misspelt}: $.guest.driver "vmw-baloon": unknown driver: expected vmmemctl, vmw-balloon, virtio-balloon, open-vm-tools; did you mean "vmw-balloon"?`,
    ],
    [["emulate", "--for", "0"], '--for "0": expected more than 0'],
    [["emulate", "--for", "30d"], '--for "30d": expected less than 24d'],
    [["emulate", "--floor", "512"], "--floor: expected a size with its unit, such as 512MiB"],
    [["emulate", "--floor", "0KiB"], '--floor: expected a size of 4KiB or more, found "0KiB": at a floor of 0'],
    [["emulate", "--for", "soon"], '--for "soon": expected a time such as 90 (seconds), 250ms or 1h30m'],
  ])("%j", (args, message) => {
    const { status, stdout, stderr } = balloonHw(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^balloon-hw: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });

  test("no command at all, which the help answers", () => {
    const { status, stderr } = balloonHw([]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Usage: balloon-hw/);
  });

  const missing = addonMissing();
  test.skipIf(missing !== undefined)(`a host's script with a mistake${because(missing)}`, () => {
    const { status, stderr } = balloonHw(["emulate", script, "--for", "1"]);
    expect([status, stderr.trim().split("\n").at(-1)]).toEqual([2, expect.stringMatching(/^balloon-hw: .*line 2/)]);
  });
});

test("status reports that no daemon runs", () => {
  const socket = join(scratch, "none.sock");
  expect(balloonHw(["status", "--socket", socket])).toEqual({
    status: 25,
    stdout: "",
    stderr: `balloon-hw: ${socket}: no daemon runs there\n`,
  });
});

const noAddon = addonMissing();
describe.skipIf(noAddon !== undefined)(`check${because(noAddon)}`, () => {
  test("passes for what emulate needs", () => {
    const { status, stdout, stderr } = balloonHw(["check", "--emulate"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ok {7}processor {6}x86-64\nok {7}native addon {3}loaded\n/);
    expect(stdout).toMatch(
      /\nok {7}pinned pages {3}(io_uring|mlock): .*\nok {7}frame numbers {2}that of a pinned page was read\n/,
    );
    expect(stdout).not.toContain("hypervisor");
  });

  test("ends with the exit code with which run would end", () => {
    const checked = balloonHw(["check"]);
    const missing = /^missing +(\S+(?: \S+)*) {2,}(.*)$/m.exec(checked.stdout);
    expect(checked.status === 0).toBe(missing === null);
    if (missing === null) return;
    const ran = balloonHw(["run"]);
    expect(ran.status).toBe(checked.status);
    expect(ran.stderr).toContain(`balloon-hw: ${missing[1]}: ${missing[2]}`);
  });
});

describe("exit codes", () => {
  const reasons = Object.values(EXIT_REASONS);

  test("are distinct, and none is one of a shell's or a signal's", () => {
    const codes = reasons.map(({ exitCode }) => exitCode);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect([code > 2, code < 64]).toEqual([true, true]);
  });

  test.each([
    ["docs/balloon-hw.md", (code: number, meaning: string) => `| ${code} | ${meaning} |`],
    ["packaging/balloon-hw.8", (code: number, meaning: string) => `.It ${code}\n${meaning}`],
  ])("are all listed in %s", (file, entry) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const { exitCode, meaning } of reasons) expect(text).toContain(entry(exitCode, meaning));
  });

  test("exclude a restart where it can't help", () => {
    const unit = readFileSync(join(ROOT, "packaging/balloon-hw.service"), "utf8");
    const listed = /^RestartPreventExitStatus=(.*)$/m.exec(unit)?.[1]?.split(" ").map(Number);
    const asked = EXIT_REASONS.NO_DAEMON.exitCode;
    expect(listed).toEqual([2, ...reasons.map(({ exitCode }) => exitCode).filter((code) => code !== asked)]);
  });

  test("cover every failure of the native worker", () => {
    const codes = Object.values(FailureCode).map((code) => [code, nativeFailure({ code, message: code })]);
    const general = codes.filter(([, error]) => (error as { exitCode?: number }).exitCode === 1).map(([code]) => code);
    expect(general).toEqual(["CLOSED", "LOCKED", "MISUSE", "PROTOCOL", "SYSTEM"]);
  });
});

/** Why rights can't be taken away here; undefined where they can. */
const noSetpriv = addonMissing() ?? (existsSync("/usr/bin/setpriv") ? undefined : "needs setpriv");

/** How a command of a daemon under an emulated host ends behind a program that takes something away from it. */
function behind(wrapper: readonly string[], command: readonly string[]) {
  const [program = "", ...args] = [...wrapper, process.execPath, join(ROOT, "bin/balloon-hw.js"), ...command];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { status, stdout, last: stderr.trim().split("\n").at(-1) ?? "" };
}

/** A setting of the kernel's. */
const sysctl = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").trim() : "0");

describe.skipIf(noSetpriv !== undefined)(
  `without a right, check predicts what emulate does:${because(noSetpriv)}`,
  () => {
    const without = (...rights: string[]) => [
      "setpriv",
      `--bounding-set=${rights.map((name) => `-${name}`).join(",")}`,
    ];
    const noIoUring = ["python3", join(ROOT, "test/support/processes/deny-syscalls.py"), "425,427"];
    // Where the kernel leaves locked pages alone mlock is as good.
    const needsIoUring = sysctl("/proc/sys/vm/compact_unevictable_allowed") !== "0";

    test.each([
      ["no root", 14, "rights", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]],
      ["no CAP_SYS_ADMIN", 20, "frame numbers", without("sys_admin")],
      ["no CAP_IPC_LOCK, and a limit", 19, "locked memory", ["prlimit", "--memlock=1048576", ...without("ipc_lock")]],
      ["no CAP_IPC_LOCK, and nothing", 18, "locked memory", ["prlimit", "--memlock=0", ...without("ipc_lock")]],
      ["less address space than memory", 30, "address space", ["prlimit", `--as=${Math.floor(totalmem() * 0.9)}`]],
      ...(needsIoUring ? [["io_uring under a filter", 21, "pinned pages", noIoUring] as const] : []),
    ] as const)("%s: exit code %d and one line, the same for both", (_, status, name, wrapper) => {
      const checked = behind(wrapper, ["check", "--emulate"]);
      const [, text] = new RegExp(`^missing +${name} +(.*)$`, "m").exec(checked.stdout) ?? [];
      expect(checked.status).toBe(status);
      expect(behind(wrapper, ["emulate", "--for", "1"])).toEqual({
        ...{ status, stdout: "" },
        last: `balloon-hw: ${name}: ${text}`,
      });
    });

    test.runIf(needsIoUring)(
      "mlock, which does not prevent moves, is used only if it is named, with one warning",
      () => {
        const refused = behind([], ["emulate", "--for", "1", "--pin", "mlock"]);
        expect([refused.status, refused.last]).toEqual([29, expect.stringContaining("--allow-unpinned-moves")]);
        const args = [
          join(ROOT, "bin/balloon-hw.js"),
          "emulate",
          "--for",
          "1",
          "--pin",
          "mlock",
          "--allow-unpinned-moves",
        ];
        const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
        expect([status, stderr.match(/warning/g)?.length]).toEqual([0, 1]);
        expect(behind(noIoUring, ["check", "--emulate", "--pin", "mlock", "--allow-unpinned-moves"]).status).toBe(0);
      },
    );

    test("too low a limit of open files is reported without blaming a file, with one exit code for all places", () => {
      const statuses = [22, 24, 26, 28, 30, 32, 34].map((files) => {
        const { status, last } = behind(["prlimit", `--nofile=${files}`], ["check", "--emulate"]);
        if (status !== 0) expect(last).toMatch(/^balloon-hw: too few files may be open at once: raise/);
        return status;
      });
      expect([statuses[0], ...new Set(statuses)].filter((status) => status !== 0)).toEqual([32, 32]);
    });
  },
);

test("a floor above the machine's memory is reported before any check of the machine", () => {
  const { status, stderr } = balloonHw(["run", "--floor", "100000GiB"]);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^balloon-hw: --floor: 97.66TiB is all that /)]);
});

const noUnshare = addonMissing() ?? (existsSync("/usr/bin/unshare") ? undefined : "needs unshare");
describe.skipIf(noUnshare !== undefined)(`an emulated host${because(noUnshare)}`, () => {
  const emulate = ["emulate", "--for", "1"];

  test("does not start beside a daemon, unless an option allows it", () => {
    // A /run of its own, in which another process holds the lock of the one daemon.
    const script = `mount -t tmpfs tmpfs /run && mkdir /run/balloon-hw && exec flock /run/balloon-hw/lock "$@"`;
    const wrapper = ["unshare", "--mount", "sh", "-c", script, "sh"];
    const text = /^other daemon: balloon-hw run is active on this machine \(process \d+\), and both would take memory/;
    const refused = behind(wrapper, emulate);
    expect([refused.status, refused.last.replace("balloon-hw: ", "")]).toEqual([23, expect.stringMatching(text)]);
    expect(behind(wrapper, ["check", "--emulate"]).status).toBe(23);
    expect(behind(wrapper, [...emulate, "--force"]).status).toBe(0);
  });

  test("does not start, as the strict one does not, where another host would get its commands", () => {
    const file = join(scratchDirectory(), "host.txt");
    const state = `${file}.state`;
    writeFileSync(file, `balloon-host 1\nstate ${state}\n`);
    const strict = [emulationProgram("strict-host"), "--script", file, "--"];
    const text = "the port instruction is answered here";
    expect(behind(strict, [...emulate, "--force"])).toMatchObject({ status: 31, last: expect.stringContaining(text) });
    writeFileSync(`${file}.inner`, "balloon-host 1\n");
    const inner = [emulationProgram("strict-host"), "--script", `${file}.inner`, "--", "/bin/true"];
    const [host = "", ...args] = [...strict, ...inner];
    const { status, stderr } = spawnSync(host, args, { encoding: "utf8" });
    expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
    // Nothing of the protocol has reached the outer host.
    expect(readHostState(state).commands).toEqual([0, 0, 0, 0, 0]);
    expect(behind([], [...emulate, "--inside-strict-host"]).status).toBe(31);
  });

  test("tells check --host the level of its protocol, and has no pages of it", () => {
    const file = join(scratchDirectory(), "host.txt");
    const state = `${file}.state`;
    const check = (script: string, ...args: string[]) => {
      writeFileSync(file, `balloon-host 1\nstate ${state}\n${script}\n`);
      rmSync(state, { force: true });
      const mount = 'mount -t tmpfs tmpfs /run && exec "$@"';
      const wrapper = ["unshare", "--mount", "sh", "-c", mount, "sh"];
      const strict = [...wrapper, emulationProgram("strict-host"), "--script", file, "--"];
      return behind(strict, ["check", "--host", "--any-hypervisor", ...args]);
    };
    const granted = check("capabilities batched 64-bit-target");
    expect(granted.stdout).toContain(
      "\nok       protocol       batched: the host grants batches, targets of 64 bits\n",
    );
    expect(granted.stdout).toContain(
      "\nok       host           the host's target is 0KiB; it locked a page of this machine and unlocked it\n",
    );
    expect([granted.status, readHostState(state).commands]).toEqual([0, [2, 1, 0, 0, 1]]);
    const text = "ok       protocol       basic: the host grants single pages only";
    expect(check("seed 1").stdout).toContain(text);
    // Single pages are commands of their own.
    expect(readHostState(state).commands).toEqual([2, 1, 1, 1, 1]);
    expect(check("capabilities batched", "--protocol", "basic").stdout).toContain(text);
    const refused = check("rule lock 0 - - 1 1 5");
    expect(refused.stdout).toMatch(
      /\nwarning {2}host {11}the host's target is \S+; it refused to lock a page \(status 5, .*\)\n/,
    );
    expect(refused.status).toBe(0);
    expect(check("rule unlock 0 - - 1 1 5").stdout).toMatch(
      /; it locked a page, and refused to unlock it \(status 5, /,
    );
    expect(check("rule get-target 0 - - 1 1 5").stdout).toMatch(/the host does not tell its target \(status 5, /);
    expect(check("rule start 0 - - 1 1 1")).toMatchObject({
      ...{ status: 1, last: "balloon-hw: the host does not accept START (status 1, COMMAND_INVALID)" },
    });
    // A port that no device answers reads as ones.
    expect(check("rule start 0 - - 1 1 -1")).toMatchObject({
      ...{ status: EXIT_REASONS.NO_BACKDOOR.exitCode, last: expect.stringContaining("nothing answers START") },
    });
    expect(check("seed 1", "--emulate").status).toBe(2);
  });

  const setting = "/sys/kernel/mm/transparent_hugepage/enabled";
  test.runIf(existsSync(setting))("says whether host or kernel is why there are no pages of 2 MiB", () => {
    const directory = scratchDirectory();
    const [file, state] = [join(directory, "host.txt"), join(directory, "state")];
    writeFileSync(join(directory, "never"), "always madvise [never]\n");
    const never = `mount --bind ${directory}/never ${setting} && mount -t tmpfs tmpfs /run && exec "$@"`;
    const wrapper = ["unshare", "--mount", "sh", "-c", never, "sh"];
    const granting = (capabilities: string) => {
      writeFileSync(file, `balloon-host 1\nstate ${state}\ncapabilities ${capabilities}\n`);
      rmSync(state, { force: true });
    };
    const log = () => {
      const command = [process.execPath, join(ROOT, "bin/balloon-hw.js"), ...emulate, file, "--protocol", "batched-2m"];
      const { status, stderr } = spawnSync(wrapper[0] as string, [...wrapper.slice(1), ...command], {
        encoding: "utf8",
      });
      return [status, /--protocol batched-2m: not in use: .*/.exec(stderr)?.[0]];
    };
    const kernel = `the kernel has no huge pages (${setting} is not always or madvise)`;
    granting("batched 64-bit-target");
    expect(log()).toEqual([0, "--protocol batched-2m: not in use: the host does not grant it"]);
    granting("batched batched-2m");
    expect(log()).toEqual([0, `--protocol batched-2m: not in use: the host grants it, but ${kernel}`]);
    granting("batched batched-2m");
    const strict = [...wrapper, emulationProgram("strict-host"), "--script", file, "--"];
    expect(behind(strict, ["check", "--host", "--any-hypervisor"]).stdout).toContain(
      `\nok       protocol       batched: the host grants batches, batches of pages of 2 MiB, but ${kernel}\n`,
    );
  });

  test("removes the directory that a killed one left behind", async () => {
    const parent = scratchDirectory();
    const env = { ...process.env, TMPDIR: parent };
    const args = [join(ROOT, "bin/balloon-hw.js"), "emulate"];
    const child = spawn(process.execPath, args, { stdio: "ignore", env });
    await expect.poll(() => readdirSync(parent), { timeout: 50_000 }).toHaveLength(1);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    // Of another name, and of a process that runs: this one.
    const kept = [`balloon-hw-${process.pid}-Abc123`, "balloon-hw-other"];
    for (const name of kept) mkdirSync(join(parent, name));
    expect(readdirSync(parent)).toHaveLength(3);
    spawnSync(process.execPath, [...args, "--for", "1"], { env });
    expect(readdirSync(parent).sort()).toEqual(kept);
  });
});
