import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { scratchDirectory, shell } from "../../support/processes/command.ts";

// The driver of a command that is given none: it is that of its traces, which may be unreadable, differ, or come through a pipe.

const directory = scratchDirectory();
const sim = (...args: string[]) => callBalloonSim(args, { cwd: directory });
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return name;
};

const HEADER = { format: "balloon-sim/trace", version: 1 };
const TARGET = [
  [0, 0],
  [5, "200MiB"],
];
const trace = (name: string, guest: object, target: unknown = TARGET) =>
  file(name, JSON.stringify({ ...HEADER, duration: 15, guest: { memory: "1GiB", ...guest }, host: { target } }));

const today = trace("today.json", { driver: "vmw-balloon" });
const kvm = trace("kvm.json", { driver: "virtio-balloon" });
const old = trace("old.json", { driver: "vmmemctl" });
const unsaid = trace("unsaid.json", {});
const misspelt = trace("misspelt.json", { driver: "vmw-baloon" });
const broken = trace("broken.json", { driver: "vmw-balloon" }, "a lot");

const KNOWN = "unknown driver: expected vmmemctl, vmw-balloon, virtio-balloon, open-vm-tools";

/** What is printed of a trace alone. */
const said = async (name: string): Promise<string> => (await sim("run", name)).stderr;

describe("an unreadable trace", () => {
  test.each([
    ["run", "--columns", "large"],
    ["run", "--set", "batch-pages=4"],
    ["step", "--set", "batch-pages=4"],
    ["sweep", "--set", "batch-pages=4,8"],
    ["tune", "--minimize", "backdoor_calls", "--set", "batch-pages=4..8"],
  ])("is reported by %s, not what its driver would have: %s %s", async (command, ...args) => {
    for (const name of [broken, "absent.json", misspelt]) {
      const expected = await said(name);
      expect(expected).toMatch(new RegExp(`^balloon-sim: ${name.replace(".", "\\.")}:.*\\n$`));
      expect(await sim(command, name, ...args)).toEqual({ status: 2, stdout: "", stderr: expected });
    }
  });

  it("of several does not decide the driver of the others, which are run", async () => {
    const columns = ["--columns", "time_s,large", "-o", "-"];
    const { status, stdout, stderr } = await sim("run", broken, today, misspelt, ...columns);
    const closing = "balloon-sim: 2 of 3 traces could not be used: they are missing in the results of the others\n";
    expect([status, stderr.replace(/^balloon-sim: note: .*\n/m, "")]).toEqual([
      2,
      (await said(broken)) + (await said(misspelt)) + closing,
    ]);
    expect(stdout.split("\n")[0]).toBe("trace,name,time_s,large");
  });

  it("of several is reported before a column that the driver of the others does not have", async () => {
    const { stderr } = await sim("run", broken, old, "--columns", "large");
    expect(stderr).toBe(
      `${await said(broken)}balloon-sim: --columns: unknown column "large"; did you mean "target"? (balloon-sim run --columns help lists them)\n`,
    );
    expect((await sim("run", broken, "absent.json", "--columns", "large")).stderr).toBe(
      `${await said(broken)}${await said("absent.json")}balloon-sim: 2 of 2 traces could not be used: nothing is left to run\n`,
    );
  });
});

describe("traces of different drivers", () => {
  const refusal = (drivers: string) =>
    `balloon-sim: $.guest.driver: the traces have different drivers: ${drivers}: give --driver NAME for all of them, or a command for those of each driver\n`;

  test.each([
    ["run", []],
    ["report", []],
    ["sweep", ["--set", "batch-pages=4,8"]],
    ["tune", ["--minimize", "backdoor_calls"]],
  ])("are refused by %s with one line that names them", async (command, args) => {
    expect(await sim(command, today, kvm, ...args)).toEqual({
      status: 2,
      stdout: "",
      stderr: refusal("vmw-balloon (today.json), virtio-balloon (kvm.json)"),
    });
  });

  it("are refused also if one names none, or if they are many", async () => {
    expect((await sim("run", unsaid, today)).stderr).toBe(
      refusal("vmmemctl (unsaid.json), vmw-balloon (today.json); a trace that names none has vmmemctl"),
    );
    expect((await sim("run", today, today, old, today, today, today)).stderr).toBe(
      refusal("vmw-balloon (today.json, today.json, today.json and 2 more), vmmemctl (old.json)"),
    );
    expect((await sim("compare", file("r.json", "{}"), "--on", today, kvm)).stderr).toMatch(/different drivers: /);
    expect((await sim("tune", today, "--holdout", kvm, "--minimize", "backdoor_calls")).stderr).toMatch(
      /different drivers: /,
    );
  });

  it("have the one that --driver names", async () => {
    const { status, stdout } = await sim("run", today, kvm, "--driver", "virtio-balloon", "--columns", "stat_reads");
    expect([status, stdout.split("\n")[0]]).toEqual([0, "trace,name,stat_reads"]);
  });
});

describe("a trace that can be read only once names its driver, too", () => {
  /** JSON lines, longer than what is read at once. */
  const guest = { memory: "1GiB", driver: "vmw-balloon" };
  const rows = Array.from({ length: 6000 }, (_, t) => ({ t, target: (t % 40) * 1000 }));
  const lines = [{ ...HEADER, name: "long", guest, rows: { target: {} } }, ...rows];
  const long = file("long.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const columns = ["--columns", "time_s,size,large"];

  test.each([today, kvm, unsaid, long])("on standard input: %s", async (name) => {
    const input = readFileSync(join(directory, name), "utf8");
    const piped = await callBalloonSim(["run", "-"], { cwd: directory, input });
    expect(piped).toEqual(await sim("run", name));
    expect(piped.status).toBe(0);
  });

  it("on standard input beside another trace, with threads", async () => {
    const input = readFileSync(join(directory, long), "utf8");
    const options = [...columns, "--until", "60", "-q"];
    const { status, stdout } = await callBalloonSim(["run", "-", today, ...options, "--workers", "2"], {
      cwd: directory,
      input,
    });
    expect([status, stdout.replace(/^'-,/gm, "long.jsonl,")]).toEqual([
      0,
      (await sim("run", long, today, ...options)).stdout,
    ]);
  });

  it("on standard input of a report", async () => {
    const input = readFileSync(join(directory, kvm), "utf8");
    const { status, stdout } = await callBalloonSim(["report", "-"], { cwd: directory, input });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^driver {5}virtio-balloon$/m)]);
  });

  test.skipIf(process.platform === "win32").each(["report", "run"])("through a pipe of %s", async (command) => {
    const { status, stdout } = shell(`balloon-sim ${command} <(cat ${today}) -q`, directory);
    expect(status).toBe(0);
    const expected = (await sim(command, today)).stdout;
    if (command === "run") expect(stdout).toBe(expected);
    else expect(stdout).toMatch(/^driver {5}vmw-balloon$/m);
    execFileSync("mkfifo", [join(directory, `fifo-${command}`)]);
    const named = shell(
      `cat ${long} > fifo-${command} & balloon-sim ${command} fifo-${command} --until 60 -q`,
      directory,
    );
    expect([named.status, named.stdout === ""]).toEqual([0, false]);
  });

  test.each([
    [JSON.stringify({ ...HEADER, guest: { driver: "virtio" } }), /^balloon-sim: <stdin>:1:\d+: .*\n$/],
    [readFileSync(join(directory, broken), "utf8"), /^balloon-sim: <stdin>:1:\d+: .*\n$/],
    ["[]", /^balloon-sim: <stdin>:1:1: expected a trace, which is a JSON object, found "\[\]"\n$/],
  ])("and its own error is reported once: %s", async (input, message) => {
    for (const args of [[], ["--columns", "large"]]) {
      const { status, stdout, stderr } = await callBalloonSim(["run", "-", ...args], { cwd: directory, input });
      expect([status, stdout, stderr]).toEqual([2, "", expect.stringMatching(message)]);
    }
  });

  it("which must exist", async () => {
    const input = readFileSync(join(directory, misspelt), "utf8");
    expect((await callBalloonSim(["run", "-", "--columns", "large"], { cwd: directory, input })).stderr).toBe(
      `balloon-sim: <stdin>: $.guest.driver "vmw-baloon": ${KNOWN}; did you mean "vmw-balloon"?\n`,
    );
  });

  test.skipIf(process.platform === "win32")("but can't be read for each world", () => {
    const { status, stderr } = shell(`balloon-sim run <(cat ${today}) --worlds 2`, directory);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^balloon-sim: --worlds: reads the trace once for each world; the pipe \/dev\/fd\/\d+ can be read only once: use a file\n$/,
      ),
    ]);
  });
});
