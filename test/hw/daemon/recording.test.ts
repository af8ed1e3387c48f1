import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createState, DEFAULT_RATES } from "../../../src/engine/index.ts";
import { CycleFile } from "../../../src/hw/daemon/cycle-file.ts";
import type { CycleReport } from "../../../src/hw/daemon/daemon.ts";
import { engineSource, Recording } from "../../../src/hw/daemon/recording.ts";
import type { Log } from "../../../src/hw/log/log.ts";
import { balloonSim, scratchDirectory } from "../../support/command.ts";
import { DaemonRig } from "../../support/daemon-rig.ts";

const SETTINGS = { rates: DEFAULT_RATES, floorPages: 4096, psiLimit: 10 };
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

test("target, size and rates come from the engine, under vmmemctl's names", () => {
  const state = { ...createState(DEFAULT_RATES), target: 200, size: 100, rateAlloc: 512, rateFree: 600 };
  const source = engineSource(() => state);
  const values = new Float64Array(7);
  expect(source.sample(values, 1)).toBeNull();
  const names = source.fields.map(({ field }) => field);
  expect(names).toEqual(["target", "current", "rateNoSleepAlloc", "rateSleepAlloc", "rateFree"]);
  expect([...values]).toEqual([0, 200, 100, 16_384, 512, 600, 0]);
});

test("a recording of the daemon's is one that balloon-sim import reads, target and size included", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "daemon.jsonl");
  const state = { ...createState(DEFAULT_RATES), target: 30_000, size: 10_000 };
  let settings = SETTINGS;
  const recording = new Recording(path, { state: () => state, settings: () => settings }, SILENT);
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

/** Samples that the file has so far. */
const recordedSamples = (path: string): number => readFileSync(path, "utf8").split("\n").length - 2;

test("what is there already and is no recording stays as it is", () => {
  const path = join(scratchDirectory(), "rows.csv");
  const cycles = new CycleFile(path);
  cycles.close();
  expect(
    () => new Recording(path, { state: () => createState(DEFAULT_RATES), settings: () => SETTINGS }, SILENT),
  ).toThrow(`--record ${path}: is there already and is no recording that could be continued`);
});

test("each cycle has a row, in the simulator's columns", async () => {
  const path = join(scratchDirectory(), "cycles.csv");
  const rig = new DaemonRig({ target: 20_000, lock: [{ at: 5, status: 4 }] });
  const cycles = new CycleFile(path);
  rig.onCycle = (report) => cycles.write(report);
  rig.begin();
  rig.turn(1);
  rig.host({ target: 100 });
  rig.turn(2);
  cycles.close();
  await expect(readFileSync(path, "utf8")).toMatchFileSnapshot("golden/cycles.csv");
});

test("where no row can be written any more, that is said with the file's name", () => {
  const cycles = new CycleFile("/dev/null");
  const rig = new DaemonRig().begin();
  cycles.close();
  expect(() => cycles.write(rig.reports[0] as CycleReport)).toThrow(/^--cycles \/dev\/null: EBADF: the rows end here$/);
});

test("a file of cycles that can't be written is a mistake of the command line", () => {
  expect(() => new CycleFile(join(scratchDirectory(), "none/cycles.csv"))).toThrow(
    /^--cycles .*cycles.csv: can't be written/,
  );
});
