import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { labScenarios, labSettings } from "../support/data/lab-tables.ts";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";

const SCENARIOS = labScenarios();

function record(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "lab/record.mjs"), ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** A folder that has what a built kernel lab has, with a shell script in place of its kernel. */
function builtLabs(kernel = "exit 1"): string {
  const labs = scratchDirectory();
  mkdirSync(join(labs, "kernel"));
  writeFileSync(join(labs, "kernel/linux"), `#!/bin/sh\n${kernel}\n`, { mode: 0o755 });
  writeFileSync(join(labs, "kernel/initrd.gz"), "");
  return labs;
}

/** A load average in a file. */
function loadFile(load: number): string {
  const file = join(scratchDirectory(), "loadavg");
  writeFileSync(file, `${load} 0.20 0.10 1/300 4711\n`);
  return file;
}

/** A /proc/stat of processors that do nothing. */
function idleStat(): string {
  const file = join(scratchDirectory(), "stat");
  writeFileSync(file, "cpu  5 0 5 1000 0 0 0 0 0 0\n");
  return file;
}

describe("the table of scenarios", () => {
  it("has names of their own, and settings that the lab can read", () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    const settings = labSettings();
    for (const { name, lab, memory, settings: text, ...others } of SCENARIOS) {
      expect(others).toEqual({});
      expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      expect(memory).toMatch(/^\d+[MG]$/);
      for (const word of text.split(" ")) {
        const [, key, value] = /^(\w+)=(.+)$/.exec(word) ?? [];
        const setting = settings.find((one) => one.name === key && one.labs.includes(lab));
        expect(setting, `${name}: ${word}`).toBeDefined();
        expect(value).toMatch(new RegExp(`^(${setting?.pattern})$`));
      }
    }
  });

  it("has the settings with which the repository's runs were recorded", () => {
    const headings = new Map(SCENARIOS.map(({ name, memory, settings }) => [name, `# mem=${memory} ${settings}`]));
    const recorded = new Set<string>();
    for (const folder of ["runs", "tuned", "vm"].map((name) => join(ROOT, "test/sim/fidelity", name))) {
      for (const file of readdirSync(folder).filter((name) => name.endsWith(".csv"))) {
        const name = file.replace(/(\.\d+)?\.csv$/, "");
        recorded.add(name);
        expect(headings.get(name), file).toBe(readFileSync(join(folder, file), "utf8").split("\n")[0]);
      }
    }
    expect(recorded.size).toBe(35);
  });
});

describe("lab:record", () => {
  it("lists the scenarios", () => {
    const { status, stdout, stderr } = record("--list");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(SCENARIOS.map(({ name }) => name));
    expect(stdout).toContain("\ncache                kernel 1024M hog=200 cache=500 target=170000 ");
  });

  it.each([
    [[], /^lab:record: which scenario\?\nusage: /],
    [["--repeats", "3"], /^lab:record: Unknown option '--repeats'[^\n]*\nusage: /],
    [["cache", "--repeat", "0"], /^lab:record: --repeat 0: expected 1 to 99\n$/],
    [["cash"], /^lab:record: there is no scenario cash: --list lists them\n$/],
  ])("refuses %j", (args, message) => {
    const { status, stdout, stderr } = record(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it.each([
    ["cache", "kernel"],
    ["mainline-2m-swap", "vm"],
  ])("names the command that builds the lab, if it is not built: %s", (name, lab) => {
    const labs = scratchDirectory();
    const place = join(labs, lab);
    const stderr = `lab:record: the ${lab} lab is not built in ${place}: lab/${lab}/build.sh ${place}\n`;
    expect(record(name, "--labs", labs)).toEqual({ status: 1, stdout: "", stderr });
  });

  it("does not replace a recording", () => {
    const out = scratchDirectory();
    writeFileSync(join(out, "cache.2.csv"), "");
    const stderr = `lab:record: ${join(out, "cache.2.csv")} exists already (--missing records the others)\n`;
    expect(record("cache", "--labs", builtLabs(), "--out", out)).toEqual({ status: 1, stdout: "", stderr });
  });

  it("refuses on a busy machine, and leaves nothing", () => {
    const out = join(scratchDirectory(), "runs");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, "lab/record.mjs"), "cache", "--labs", builtLabs(), "--out", out],
      { encoding: "utf8", env: { ...process.env, LAB_LOADAVG: loadFile(0.51) } },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe(
      "lab:record: the machine is busy: its load average is 0.51, and over 0.5 shows (--even-if-busy)\n",
    );
    expect(existsSync(out)).toBe(false);
  });
});

const cannotPin = process.getuid?.() !== 0 || spawnSync("chrt", ["-r", "5", "true"]).status !== 0;

describe.skipIf(cannotPin)(`lab:record of a run${cannotPin ? " (needs root)" : ""}`, () => {
  const start = (kernel: string, ...args: string[]) => {
    const temporary = scratchDirectory();
    const out = join(scratchDirectory(), "runs");
    const script = [join(ROOT, "lab/record.mjs"), "cache", "--labs", builtLabs(kernel), "--out", out, ...args];
    const env = { ...process.env, LAB_LOADAVG: loadFile(0.5), LAB_STAT: idleStat(), TMPDIR: temporary };
    const process_ = spawn(process.execPath, script, { env, stdio: ["ignore", "pipe", "pipe"] });
    return { process: process_, out, temporary };
  };

  it("writes a file for each repetition, with the load before it", async () => {
    const { process, out, temporary } = start("echo booting; echo '# lab kernel 6'; echo; echo 0,1; echo '# end'");
    expect(await once(process, "close")).toEqual([0, null]);
    expect(readdirSync(out)).toEqual(["cache.1.csv", "cache.2.csv", "cache.3.csv"]);
    expect(readFileSync(join(out, "cache.3.csv"), "utf8").split("\n")).toEqual([
      "# mem=1024M hog=200 cache=500 target=170000 hold=30 target2=20000 secs=45",
      "# load before: 0.5, 0.2, 0.1",
      "# lab kernel 6",
      "0,1",
      "# end",
      "",
    ]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("records scenarios by turns, and with --missing only what is not there yet", async () => {
    const kernel = "echo '# lab kernel 6'; echo 0,1; echo '# end'";
    const first = start(kernel, "static-swap", "--repeat", "2");
    const [said] = await Promise.all([first.process.stdout.toArray(), once(first.process, "close")]);
    const recorded = said.join("").trimEnd().split("\n");
    const inTurns = ["cache.1.csv", "static-swap.1.csv", "cache.2.csv", "static-swap.2.csv"];
    expect(recorded.map((path) => basename(path))).toEqual(inTurns);
    rmSync(join(first.out, "cache.2.csv"));
    const rest = start(kernel, "static-swap", "--repeat", "2", "--missing", "--out", first.out);
    const [saidOfRest] = await Promise.all([rest.process.stdout.toArray(), once(rest.process, "close")]);
    expect(saidOfRest.join("")).toMatch(/^\S+\/cache\.2\.csv\n$/);
    expect(readdirSync(first.out).sort()).toEqual(inTurns.toSorted());
  });

  it("leaves nothing of a run that does not come to its end", async () => {
    const { process, out, temporary } = start("echo '# lab kernel 6'; echo no memory >&2", "--repeat", "1");
    const [said] = await Promise.all([process.stderr.toArray(), once(process, "close")]);
    expect(said.join("")).toBe(
      "run.sh: the guest did not come to its end: no memory\nlab:record: cache: the run ended with status 1\n",
    );
    expect([readdirSync(out), readdirSync(temporary)]).toEqual([[], []]);
  });

  it("leaves no half recording behind when it is interrupted", async () => {
    const { process, out, temporary } = start("echo '# lab kernel 6'; exec sleep 1000");
    while (!existsSync(out) || readdirSync(temporary).length === 0) await sleep(20);
    process.kill("SIGINT");
    expect(await once(process, "close")).toEqual([130, null]);
    expect([readdirSync(out), readdirSync(temporary)]).toEqual([[], []]);
  });
});
