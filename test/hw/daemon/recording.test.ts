import {
  appendFileSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createState, DEFAULT_RATES } from "../../../src/engine/index.ts";
import { CycleFile } from "../../../src/hw/daemon/cycle-file.ts";
import { type FilePort, MACHINE_FILES } from "../../../src/hw/daemon/files/file-port.ts";
import { FileWatch } from "../../../src/hw/daemon/files/file-watch.ts";
import { engineSource, Recording, type RecordingOptions } from "../../../src/hw/daemon/recording.ts";
import type { Log } from "../../../src/hw/log/log.ts";
import type { CycleReport } from "../../../src/hw/view/types.ts";
import { HangingFiles } from "../../support/fakes/hanging-files.ts";
import { balloonSim, scratchDirectory } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";
import { DaemonRig } from "../../support/worlds/daemon-rig.ts";

const SETTINGS = { rates: DEFAULT_RATES, floorPages: 4096, psiLimit: 10 };
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

const options = (path: string): RecordingOptions => ({
  ...{ path, limitBytes: 1 << 30, log: SILENT, watch: new FileWatch(path, "lines", SILENT) },
  state: () => createState(DEFAULT_RATES),
  settings: () => SETTINGS,
  failed: () => expect.unreachable(),
});

test("a daemon's recording has target, size and rates of the engine, under vmmemctl's names", () => {
  const state = { ...createState(DEFAULT_RATES), target: 200, size: 100, rateAlloc: 512, rateFree: 600 };
  const source = engineSource(() => state);
  const values = new Float64Array(7);
  expect(source.sample(values, 1)).toBeNull();
  const names = source.fields.map(({ field }) => field);
  expect(names).toEqual(["target", "current", "rateNoSleepAlloc", "rateSleepAlloc", "rateFree"]);
  expect([...values]).toEqual([0, 200, 100, 16_384, 512, 600, 0]);
});

test("balloon-sim import reads a daemon's recording, target and size included", slow(3), async () => {
  const directory = scratchDirectory();
  const path = join(directory, "daemon.jsonl");
  const state = { ...createState(DEFAULT_RATES), target: 30_000, size: 10_000 };
  let settings = SETTINGS;
  const recording = await Recording.open({ ...options(path), state: () => state, settings: () => settings });
  while (recordedSamples(path) < 2) await sleep(50);
  state.size = 26_385;
  settings = { ...SETTINGS, floorPages: 8192 };
  recording.describeAnew();
  while (recordedSamples(path) < 4) await sleep(50);
  await recording.end();
  const text = readFileSync(path, "utf8");
  expect(JSON.parse(text.split("\n", 1)[0] as string)).toMatchObject({
    format: "balloon-sim/recording",
    program: { name: "balloon-hw" },
    every: 1,
    balloon: { rates: DEFAULT_RATES, floorPages: 4096, psiLimit: 10 },
  });
  const headers = text.split("\n").filter((line) => line.startsWith('{"format"'));
  expect(headers.map((line) => JSON.parse(line).balloon.floorPages)).toEqual([4096, 8192]);
  const output = join(directory, "daemon.trace.json");
  const imported = balloonSim(["import", path, "-o", output, "--quiet"]);
  expect([imported.status, imported.stderr]).toEqual([0, expect.any(String)]);
  const trace = JSON.parse(readFileSync(output, "utf8"));
  expect(JSON.stringify(trace.host)).toContain("30000");
});

/** A file of cycles that is not open yet, and what has failed. */
function cycleFile(path: string, limitBytes = 2 ** 28, files: FilePort = MACHINE_FILES) {
  const failures: unknown[] = [];
  const watch = new FileWatch(path, "lines", SILENT);
  const failed = (error: unknown) => void failures.push(error);
  return { cycles: new CycleFile({ path, limitBytes, watch, files, failed }), failures, watch };
}

/** Samples that the file has so far. */
const recordedSamples = (path: string): number => readFileSync(path, "utf8").split("\n").length - 2;

test("a recording does not overwrite a file that is no recording", async () => {
  const path = join(scratchDirectory(), "rows.csv");
  const { cycles } = cycleFile(path);
  await cycles.open();
  await cycles.close();
  await expect(Recording.open(options(path))).rejects.toThrow(
    `--record ${path}: exists and is no recording that could be continued`,
  );
});

test("a recording that can't begin leaves no file open", async () => {
  const files = new HangingFiles();
  const begin = Object.defineProperty({ ...options(join(scratchDirectory(), "daemon.jsonl")), files }, "state", {
    get: () => {
      throw new Error("no state");
    },
  });
  await expect(Recording.open(begin)).rejects.toThrow("no state");
  expect(files.openFiles).toBe(0);
});

test("the file of cycles has a row for each cycle, in the simulator's columns", async () => {
  const path = join(scratchDirectory(), "cycles.csv");
  const rig = new DaemonRig({ target: 20_000, lock: [{ at: 5, status: 4 }] });
  const { cycles } = cycleFile(path);
  await cycles.open();
  rig.onCycle = (report) => cycles.write(report);
  rig.begin();
  rig.turn(1);
  rig.host({ target: 100 });
  rig.turn(2);
  await cycles.close();
  await expect(readFileSync(path, "utf8")).toMatchFileSnapshot("golden/cycles.csv");
});

test("the file of cycles begins anew at half of its limit, and keeps the one before", async () => {
  const path = join(scratchDirectory(), "cycles.csv");
  const rig = new DaemonRig({ target: 20_000 });
  const { cycles } = cycleFile(path, 2000);
  await cycles.open();
  rig.onCycle = (report) => cycles.write(report);
  rig.begin();
  rig.turn(60);
  await cycles.close();
  const [before, now] = [`${path}.1`, path].map((file) => readFileSync(file, "utf8"));
  const [head] = (before as string).split("\n");
  expect(now?.split("\n")[0]).toBe(head);
  const numbers = `${before}${now}`.match(/^\d+/gm)?.map(Number) ?? [];
  // The last cycles, without a gap.
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 61 - numbers.length + 1 + i));
  for (const text of [before, now]) expect(text?.length).toBeLessThan(1100);
});

test("the file of cycles reports a failed write with the file's name, and counts its rows as lost", async () => {
  // A device that takes nothing takes no head either.
  await expect(cycleFile("/dev/full").cycles.open()).rejects.toThrow(
    /^--cycles \/dev\/full: can't be written: no space left on the device$/,
  );
  const files = new HangingFiles();
  const { cycles, failures, watch } = cycleFile("/dev/null", undefined, files);
  const rig = new DaemonRig().begin();
  await cycles.open();
  files.failure = "EIO";
  cycles.write(rig.reports[0] as CycleReport);
  await expect
    .poll(() => failures)
    .toEqual([expect.objectContaining({ message: "--cycles /dev/null: input/output error" })]);
  expect(watch.lost).toBe(1);
  await cycles.close();
});

test("the file of cycles counts on where the driver's counters of 32 bits wrap", async () => {
  const path = join(scratchDirectory(), "cycles.csv");
  const rig = new DaemonRig({ target: 10 });
  rig.begin();
  const report = rig.reports[0] as CycleReport;
  const { cycles } = cycleFile(path);
  await cycles.open();
  for (const free of [0xffff_fffe, 3]) cycles.write({ ...report, state: { ...report.state, free } });
  await cycles.close();
  const [freed, allocated] = [9, 8].map(
    (column) => readFileSync(path, "utf8").trim().split("\n").at(-1)?.split(",")[column],
  );
  expect([freed, allocated]).toEqual(["5", "5"]);
});

test("the file of cycles continues behind existing rows, ends one that was cut short, and skips the cycles between", async () => {
  const path = join(scratchDirectory(), "cycles.csv");
  const rig = new DaemonRig({ target: 20_000 }).begin();
  const [report] = rig.reports as [CycleReport];
  const rows = () => readFileSync(path, "utf8").trimEnd().split("\n");
  const { cycles } = cycleFile(path);
  await cycles.open();
  cycles.write(report);
  await cycles.close();
  cycles.write({ ...report, state: { ...report.state, size: report.state.size + 7 } });
  appendFileSync(path, "2,1.0");
  await cycles.open();
  cycles.write({ ...report, state: { ...report.state, size: report.state.size + 8 } });
  await cycles.close();
  expect(rows()).toHaveLength(4);
  expect(rows()[2]).toBe("2,1.0");
  // One page more than in the cycle without a row.
  expect(rows()[3]?.split(",").at(-3)).toBe("1");
  expect(statSync(path).mode & 0o137).toBe(0);
});

describe("a file that root's daemon writes to belongs to root", () => {
  const directory = scratchDirectory();
  const precious = join(directory, "precious");
  writeFileSync(precious, "precious");
  const open = {
    cycles: (path: string) => cycleFile(path).cycles.open(),
    record: (path: string) => Recording.open(options(path)),
  };
  symlinkSync(precious, join(directory, "link"));
  symlinkSync(join(directory, "nothing"), join(directory, "dangling"));
  writeFileSync(join(directory, "first"), "");
  linkSync(join(directory, "first"), join(directory, "second"));
  mkdirSync(join(directory, "folder"));

  test.each(["cycles", "record"] as const)("--%s", async (option) => {
    const said = async (name: string): Promise<string> => {
      try {
        await open[option](join(directory, name));
        return "";
      } catch (error) {
        return (error as Error).message.slice(`--${option} ${join(directory, name)}: `.length);
      }
    };
    expect(await said("link")).toBe("can't be written: is a symbolic link, which the program does not follow");
    expect(await said("dangling")).toBe("can't be written: is a symbolic link, which the program does not follow");
    expect(await said("second")).toBe("has a second name: name another file");
    expect(await said("folder")).toContain("can't be written: is a directory");
    expect(await said("precious")).toContain("exists and ");
    expect(await said("none/at/all")).toBe("can't be written: no such file or directory");
    expect(readFileSync(precious, "utf8")).toBe("precious");
    expect(existsSync(join(directory, "nothing"))).toBe(false);
    if (process.geteuid?.() !== 0) return;
    writeFileSync(join(directory, "foreign"), "");
    chownSync(join(directory, "foreign"), 12_345, 12_345);
    expect(await said("foreign")).toBe("belongs to another user: name another file");
  });
});

test("a recording that has grown to half of its limit is moved aside, and another one begins", slow(7), async () => {
  const path = join(scratchDirectory(), "daemon.jsonl");
  // The description and a few samples.
  const recording = await Recording.open({ ...options(path), limitBytes: 12_000 });
  const before = () => (existsSync(`${path}.1`) ? readFileSync(`${path}.1`, "utf8") : "");
  await expect.poll(before, { timeout: 100_000 }).not.toBe("");
  const [first, current] = [before(), () => readFileSync(path, "utf8")];
  await expect.poll(current, { timeout: 100_000 }).not.toBe("");
  await recording.end();
  for (const text of [first, current()]) expect(text).toMatch(/^\{"format":"balloon-sim\/recording"/);
  expect(Buffer.byteLength(first)).toBeGreaterThanOrEqual(6000);
  expect(statSync(path).size + Buffer.byteLength(first)).toBeLessThan(16_000);
});

test(
  "a recording whose header fills its file to half of the limit begins another one with a header",
  slow(5),
  async () => {
    const directory = scratchDirectory();
    const path = join(directory, "daemon.jsonl");
    const first = await Recording.open(options(path));
    await expect.poll(() => recordedSamples(path), { timeout: 100_000 }).toBeGreaterThan(1);
    await first.end();
    const bytes = statSync(path).size;
    const second = await Recording.open({ ...options(path), limitBytes: 2 * (bytes + 1) });
    await expect.poll(() => existsSync(`${path}.1`) && recordedSamples(path) > 1, { timeout: 100_000 }).toBe(true);
    await second.end();
    expect(statSync(`${path}.1`).size).toBeGreaterThan(bytes);
    // A file that reached half of the limit again just now is continued by an empty one, which the next header begins.
    const suffixes = statSync(path).size > 0 ? [".1", ""] : [".1"];
    for (const suffix of suffixes) {
      const output = join(directory, `daemon${suffix}.trace.json`);
      const imported = balloonSim(["import", `${path}${suffix}`, "-o", output, "--quiet"]);
      expect([suffix, imported.status, imported.stderr]).toEqual([suffix, 0, expect.any(String)]);
    }
    // A daemon that is started later continues it.
    await (await Recording.open(options(path))).end();
  },
);
