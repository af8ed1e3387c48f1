import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { POLICIES } from "../../../src/engine/index.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { balloonHw, ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";

const SMALL = join(ROOT, "test/sim/cli/traces/small.json");
const LOG = join(ROOT, "test/sim/import/fixtures/bitbrains/17.csv");
const scratch = scratchDirectory();
const { version, description } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** The commands that the help lists. */
const COMMANDS = [...(await callBalloonSim(["--help"])).stdout.matchAll(/^ {2}([a-z]+) (?:\[|<).*$/gm)]
  .map(([, name]) => name as string)
  .filter((name) => name !== "help");

describe("--help", () => {
  test.each(["", ...COMMANDS])("%s", async (command) => {
    const { status, stdout, stderr } = await callBalloonSim([...(command === "" ? [] : [command]), "--help"]);
    expect([status, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(`golden/help${command === "" ? "" : `-${command}`}.txt`);
    expect((await callBalloonSim(["help", ...(command === "" ? [] : [command])])).stdout).toBe(stdout);
  });

  test("of every command has examples", async () => {
    expect(COMMANDS).toContain("run");
    for (const command of COMMANDS.filter((name) => name !== "completion")) {
      expect((await callBalloonSim([command, "--help"])).stdout).toMatch(
        new RegExp(`\\n {2}\\$ balloon-sim ${command}`),
      );
    }
  });

  test("names all drivers in one line, as the description of the package does", async () => {
    const drivers = /^Drivers: .*$/m.exec((await callBalloonSim(["--help"])).stdout)?.[0] ?? "";
    for (const name of POLICIES.keys()) {
      expect(drivers).toContain(name);
      expect(description).toContain(name);
    }
  });

  test("is what a command line without a command gets on standard error, as a usage error", async () => {
    const { status, stdout, stderr } = await callBalloonSim([]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Usage: balloon-sim/);
  });
});

test("--version prints the version of the package", async () => {
  expect(await callBalloonSim(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  expect(balloonHw(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
});

describe("one line and exit code 2 for", () => {
  test.each([
    [["rum"], 'unknown command "rum"; did you mean "run"? (--help lists them)'],
    [["run", "spike", "--sumary"], 'unknown option "--sumary"; did you mean "--summary"? (--help lists them)'],
    [["run", "-x.json"], 'unknown option "-x.json" (--help lists them; put -- before a name that begins with -)'],
    [["run", "spike", "--format", "xml"], '--format "xml": expected csv, ndjson, json or parquet'],
    [
      ["run", "spike", "--seed"],
      "--seed: expected <text> after it: seed of all random numbers, instead of the trace's",
    ],
    [
      ["compare", "default", "--on"],
      "--on: expected <trace...> after it: trace files, or host files; or names of bundled ones",
    ],
    [["run", "spike", "--seed", ""], '--seed "": expected 1 to 200 characters'],
    [["rates", "spike"], "rates: expected 0 arguments, found 1"],
    [["study", "show"], "the argument <file> is missing (see --help)"],
    [["completion", "csh"], 'shell "csh": expected zsh, bash, fish or powershell'],
    [["generate", "flet"], 'generate "flet": expected fleet'],
    [["generate", "fleet"], "generate: -o is missing, such as: balloon-sim generate fleet -o fleet/"],
    [["run", ""], '"": expected a file, or the name of a bundled trace'],
    [["run", "spike", "--rates", "/dev/zero"], "--rates /dev/zero: is a device, expected a file"],
    [["run", "--resume", "/dev/zero"], "--resume /dev/zero: is a device, expected a file"],
    [["study", "show", "/dev/zero"], "/dev/zero: is a device, expected a file"],
    [["fidelity", "/dev/zero"], "/dev/zero: is a device, expected a file"],
    [["import", "/dev/zero"], "/dev/zero: is a device, expected a file"],
    [
      ["tune", "spike", "--minimize", "stall_full", "--study", "/dev/full"],
      "--study /dev/full: is no file, expected one such as study.jsonl",
    ],
    [
      ["tune", "spike", "--minimize", "stall_full", "--study", "-"],
      "--study -: is no file, expected one such as study.jsonl",
    ],
    [["import", LOG, "--json"], "--json: only with --list"],
    [["import", LOG, "--memory", "8"], '--memory "8": expected a size with its unit, such as 512MiB'],
    [
      ["import", LOG, "--touch", "5MB/s"],
      '--touch "5MB/s": expected a rate with its unit, such as 10MiB/s (units are binary: write "5MiB/s")',
    ],
    [["run"], "run: a trace is missing, such as: balloon-sim run spike"],
    [
      ["run", "--plot", "spike"],
      '--plot "spike": expected a file name that ends in .svg; to draw in the terminal, put --plot last',
    ],
    [["run", "spike", "steady", "--plot", "x.svg"], "--plot x.svg: draws one trace, but 2 are given"],
    [["run", "spikee"], 'spikee: no such file, and no bundled trace "spikee"; did you mean "spike"?'],
    [
      ["run", "spike", "--columns", "tim_s"],
      '--columns: unknown column "tim_s"; did you mean "time_s"? (balloon-sim run --columns help lists them)',
    ],
    [
      ["run", "spike", "--every", "chnge"],
      '--every "chnge": expected change, cycle, or a time such as 5s; did you mean "change"?',
    ],
    [["run", "spike", "--every", "0s"], '--every "0s": expected more than 0'],
    [["run", "spike", "--until", "90 s"], '--until "90 s": expected a time such as 90 (seconds), 250ms or 1h30m'],
    [["run", "spike", "--workers", "0"], '--workers "0": expected a whole number from 1 to 256'],
    [["run", "-", "-"], "run: standard input (-) can be read only once"],
    [["run", "-", "--verify"], "--verify: reads the trace twice; standard input (-) can be read only once: use a file"],
    [
      ["run", "spike", "--set", "alloc-max=1"],
      "--set alloc-max=1: alloc-min is 512: expected no more than alloc-max, which is 1",
    ],
    [["run", "spike", "--rates", "none.json"], "--rates none.json: no such file or directory"],
    [["run", "spike", "-o", "none/x.csv"], "-o none/x.csv: can't be written: no such file or directory"],
    [["run", "spike", "-o", ""], '-o "": expected the name of a file'],
    [
      ["run", "spike", "-o", "package.json/x"],
      "-o package.json/x: can't be written: a part of the path is no directory",
    ],
    [["run", "spike", "--plot", "none/x.svg"], "--plot none/x.svg: can't be written: no such file or directory"],
    [["run", "spike", "-o", "/proc/x.csv"], "-o /proc/x.csv: can't be written: no such file or directory"],
    [
      ["run", "spike", "traces/spike.json", "-o", "DIR"],
      "-o DIR: both spike and traces/spike.json would be written to DIR/spike.csv",
    ],
    [["run", "TRACE", "-o", "TRACE"], "-o TRACE: is the same file as TRACE, which would be overwritten"],
    [["run", "DIR"], "DIR: is a directory, expected a trace file"],
  ])("%j", async (args, message) => {
    const given = args.map((arg) => arg.replace("DIR", scratch).replace("TRACE", SMALL));
    const { status, stdout, stderr } = await callBalloonSim(given);
    expect(stderr).toBe(`balloon-sim: ${message.replaceAll("DIR", scratch).replaceAll("TRACE", SMALL)}\n`);
    expect([status, stdout]).toEqual([2, ""]);
  });

  test.each([
    [["run", "NAME"], "NAME: no such file, and no bundled trace"],
    [["run", SMALL, "-o", "none/NAME"], "-o none/NAME: can't be written: no such file or directory"],
    [["conform", "NAME"], "NAME: no such file or directory"],
  ])("a name of control characters and marks of direction, which are escaped: %j", async (args, message) => {
    const { status, stderr } = await callBalloonSim(args.map((arg) => arg.replace("NAME", "a\nb\u001b[31m\u202ec")));
    expect(status).toBe(2);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(stderr).toContain(`balloon-sim: ${message.replace("NAME", "a\\u{a}b\\u{1b}[31m\\u{202e}c")}`);
  });

  test.skipIf(process.getuid?.() === 0)("a directory that must not be written to", async () => {
    const directory = join(scratch, "read-only");
    mkdirSync(directory);
    chmodSync(directory, 0o555);
    const { status, stderr } = await callBalloonSim(["run", SMALL, "-o", join(directory, "x.csv")]);
    expect(stderr).toBe(`balloon-sim: -o ${directory}/x.csv: can't be written: permission denied\n`);
    expect(status).toBe(2);
  });
});

describe("BALLOON_DEBUG", () => {
  test("shows where an error comes from", async () => {
    const { status, stderr } = await callBalloonSim(["run", "nothing"], { env: { BALLOON_DEBUG: "1" } });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^balloon-sim: InputError: .*\n {4}at /);
  });
});

describe("an output file that exists already", () => {
  test("keeps its mode, and is replaced only by a whole one", async () => {
    const file = join(scratch, "mode.csv");
    writeFileSync(file, "old", { mode: 0o640 });
    expect((await callBalloonSim(["run", "nothing", "-o", file])).status).toBe(2);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect((await callBalloonSim(["run", SMALL, "-o", file])).status).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^time_s,/);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test("behind a symbolic link is replaced, the link stays", async () => {
    const file = join(scratch, "behind.csv");
    const link = join(scratch, "link.csv");
    writeFileSync(file, "old");
    symlinkSync(file, link);
    expect((await callBalloonSim(["run", SMALL, "-o", link])).status).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toMatch(/^time_s,/);
  });

  test("behind a link in a linked folder is found as the system finds it", async () => {
    mkdirSync(join(scratch, "deep/er"), { recursive: true });
    symlinkSync(join(scratch, "deep/er"), join(scratch, "short"));
    symlinkSync("../new.csv", join(scratch, "deep/er/link"));
    expect((await callBalloonSim(["run", SMALL, "-o", join(scratch, "short/link")])).status).toBe(0);
    expect(readFileSync(join(scratch, "deep/new.csv"), "utf8")).toMatch(/^time_s,/);
  });
});

describe("standard output", () => {
  test.each([
    "run idle-month --every cycle",
    "run steady traces/steady.json --workers 2",
    "run --columns help",
    "run --help",
    "rates",
  ])("that is closed early ends the command quietly: %s", (args) => {
    const { status, stdout, stderr } = shell(`balloon-sim ${args} | head -n 1`);
    expect(stdout).toMatch(/^\S+.*\n$/);
    expect([status, stderr]).toEqual([0, ""]);
  });

  test
    .skipIf(!existsSync("/dev/full"))
    .each([
      "run spike",
      "run spike --summary",
      "run spike steady --workers 2",
      "run spike --plot",
      "rates",
      "run --columns help",
      "--help",
    ])("on a full disk is exit code 1: %s", (args) => {
    expect(shell(`balloon-sim ${args} > /dev/full`)).toEqual({
      status: 1,
      stdout: "",
      stderr: "balloon-sim: standard output: no space left on the device\n",
    });
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk under -o is exit code 1", () => {
    expect(shell("balloon-sim run spike -o /dev/full")).toEqual({
      status: 1,
      stdout: "",
      stderr: "balloon-sim: /dev/full: no space left on the device\n",
    });
  });
});

describe("colours", () => {
  // `script` gives the command a terminal.
  const onTerminal = (environment: string) =>
    shell(`${environment} script -qec '"${process.execPath}" bin/balloon-sim.js run "${SMALL}" --plot' /dev/null`)
      .stdout;
  const hasScript = shell("command -v script").status === 0;

  test.skipIf(!hasScript)("are used on a terminal, unless NO_COLOR is set", () => {
    expect(onTerminal("TERM=xterm")).toContain("\u001b[");
    expect(onTerminal("TERM=xterm NO_COLOR=1")).not.toContain("\u001b[");
  });

  test("are not used where the output is no terminal", async () => {
    expect((await callBalloonSim(["run", SMALL, "--plot"])).stdout).not.toContain("\u001b[");
  });
});

describe("balloon-sim rates", () => {
  test("prints what a run would use", async () => {
    await expect((await callBalloonSim(["rates", "--set", "alloc-max=4096"])).stdout).toMatchFileSnapshot(
      "golden/rates.txt",
    );
  });

  test("prints JSON that --rates accepts and that gives the same run", async () => {
    const { stdout } = await callBalloonSim(["rates", "--set", "allocMax=4096", "--set", "free-min=1", "--json"]);
    const file = join(scratch, "rates.json");
    writeFileSync(file, stdout);
    expect((await callBalloonSim(["rates", "--rates", file, "--json"])).stdout).toBe(stdout);
    expect((await callBalloonSim(["run", SMALL, "--rates", file])).stdout).toBe(
      (await callBalloonSim(["run", SMALL, "--set", "alloc-max=4096", "--set", "free-min=1"])).stdout,
    );
  });
});
