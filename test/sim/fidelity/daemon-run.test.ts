import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { headerLine, type RecordedBalloon, sampleLine } from "../../../src/common/record/recording.ts";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { compare } from "../../../src/sim/fidelity/compare.ts";
import { readRun } from "../../../src/sim/fidelity/read-run.ts";
import { replay } from "../../../src/sim/fidelity/replay.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { simulate, traceOf } from "../../support/in-process/curves.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const MEMORY = 262_144;
const BALLOON: RecordedBalloon = { rates: DEFAULT_RATES, floorPages: 20_000, psiLimit: 15 };

/** What a daemon records of each, in the units of the files. */
const COLUMNS: readonly (readonly [file: string, field: string, read: (view: RunView) => number])[] = [
  ["meminfo", "MemTotal", () => MEMORY * 4],
  ["meminfo", "MemFree", ({ guest }) => guest.free * 4],
  ["meminfo", "Buffers", () => 0],
  ["meminfo", "Cached", ({ guest }) => guest.cache * 4],
  ["meminfo", "SwapTotal", ({ guest }) => guest.swapTotal * 4],
  ["meminfo", "SwapFree", ({ guest }) => (guest.swapTotal - guest.swap) * 4],
  // The balloon's pages are anonymous ones of the daemon's.
  ["meminfo", "AnonPages", ({ guest, balloon: { state: engine } }) => (guest.anon + engine.size) * 4],
  ["zoneinfo", "min", ({ guest }) => guest.watermarkMin],
  ["vmstat", "oom_kill", ({ guest }) => guest.oomKills],
  ["pressure/memory", "some", ({ guest }) => guest.psiSomeUs],
  ["pressure/memory", "full", ({ guest }) => guest.psiFullUs],
  ["vmmemctl", "target", ({ balloon: { state: engine } }) => engine.target],
  ["vmmemctl", "current", ({ balloon: { state: engine } }) => engine.size],
  ["vmmemctl", "rateSleepAlloc", ({ balloon: { state: engine } }) => engine.rateAlloc],
];

const header = (balloon: RecordedBalloon = BALLOON): string =>
  headerLine({
    format: "balloon-sim/recording",
    version: 1,
    program: { name: "balloon-hw", version: "0.0.0" },
    start: 1_700_000_000,
    every: 1,
    host: { name: "web01", kernel: "6.1.0", arch: "x86_64", cpus: 2, pageBytes: 4096, hz: 250 },
    memory: { MemTotal: MEMORY * 4, SwapTotal: 0 },
    balloon,
    columns: COLUMNS.map(([file, field]) => ({ file, field, unit: "1", kind: "gauge" })) as never,
    missing: [],
  });

/** The recording of a simulated daemon: a sample in the middle of each second, as the real one takes them. */
function recordingOf(host: object, workloads: readonly object[], seconds = 120, fromSecond = 0): string {
  const { floorPages: floor, psiLimit } = BALLOON;
  const guest = { memory: MEMORY, profile: "balloon-hw", swap: "1GiB", kernelMemory: "60MiB", floor, psiLimit };
  let text = header();
  let turn = 0;
  const sample = (view: RunView): void => {
    if (turn++ % 2 === 0 || view.timeUs < fromSecond * 1e6) return;
    const values = Float64Array.from(COLUMNS, ([, , read]) => read(view));
    text += sampleLine(1_700_000_000_000 + view.timeUs / 1000, 7_000_000_000 + view.timeUs, values);
  };
  simulate(traceOf(seconds, { guest, workloads, host }), { sample }, { sampleEveryUs: 500_000 });
  return text;
}

function comparison(text: string) {
  const path = join(directory, "run.jsonl");
  writeFileSync(path, text);
  const run = readRun(path);
  return { run, compared: compare(run, replay(run)) };
}

const TARGETS = {
  target: [
    [0, 0],
    [10, 100_000],
    [60, 30_000],
  ],
};

test("a run of the simulated daemon is predicted from its recording alone, to the last page of each curve", () => {
  const workloads = [{ name: "work", anon: "200MiB", fileSet: "100MiB" }];
  const { run, compared } = comparison(recordingOf(TARGETS, workloads));
  expect(run.settings).toBe("memory 1GiB floor 78.13MiB psi-limit 15 target 0KiB, 390.63MiB, 117.19MiB");
  expect(compared.targets).toMatchObject([
    { pages: 100_000, recorded: 7, simulated: 7 },
    { pages: 30_000, recorded: 5, simulated: 5 },
  ]);
  for (const { kind, rmse } of compared.curves) expect([kind.id, rmse]).toEqual([kind.id, 0]);
  expect(compared.curves.map(({ kind }) => kind.id)).toContain("full");
});

test("a recording that begins with a balloon begins with it in the replay, too", () => {
  const { compared } = comparison(recordingOf(TARGETS, [], 90, 14));
  for (const { kind, rmse } of compared.curves) expect([kind.id, rmse]).toEqual([kind.id, 0]);
  expect(compared.targets.at(-1)).toMatchObject({ pages: 30_000, recorded: 5, simulated: 5 });
});

test("under pressure the prediction is near, because the programs' demand is known only in part", () => {
  const workloads = [{ name: "work", anon: "500MiB", workingSet: "200MiB", touch: "100MiB/s", fileSet: "200MiB" }];
  const { compared } = comparison(
    recordingOf(
      {
        target: [
          [0, 0],
          [10, 150_000],
        ],
      },
      workloads,
      200,
    ),
  );
  const error = Object.fromEntries(compared.curves.map(({ kind, rmse, range }) => [kind.id, rmse / range]));
  expect(error.size).toBeLessThan(0.1);
  expect(error.free).toBeLessThan(0.1);
});

test("the command compares recordings of the daemon", async () => {
  const path = join(directory, "web01.jsonl");
  writeFileSync(path, recordingOf(TARGETS, []));
  const { status, stdout, stderr } = await callBalloonSim(["fidelity", path]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^web01: memory 1GiB/);
  expect(stdout).not.toContain("beyond");
});

const SAMPLE = `{"t":1,"m":1,"v":[${COLUMNS.map(() => 0).join(",")}]}\n`;

test.each([
  ["of another version", header().replace('"version":1', '"version":2'), /:1: this program reads version 1/],
  [
    "without what the balloon goes by",
    header().replace('"balloon":', '"other":'),
    /:1: expected the settings of the balloon/,
  ],
  [
    "with rates that can't be run",
    header({ ...BALLOON, rates: { ...DEFAULT_RATES, allocMin: 0 } }),
    /balloon\.rates: /,
  ],
  [
    "without rates",
    header({ ...BALLOON, rates: null as never }),
    /:1: \$\.balloon\.rates: expected an object, found null$/,
  ],
  [
    "with a floor that is no number",
    header({ ...BALLOON, floorPages: "1GiB" as never }),
    /:1: \$\.balloon\.floorPages: expected a number, found "1GiB"$/,
  ],
  ["with nothing for a balloon", header(null as never), /:1: expected the settings of the balloon/],
  ["without columns", header().replace('"columns":', '"other":'), /:1: \$\.columns: expected the file and the field/],
  ["with a column that is none", header().replace('"columns":[', '"columns":[null,'), /:1: \$\.columns: expected/],
  ["without samples", header(), /: 0 samples are too few to compare$/],
  ["with two headers", `${header()}${SAMPLE}${header()}${SAMPLE}`, /:3: another recording begins here/],
  ["with a sample that is short", `${header()}{"t":1,"m":1,"v":[1]}\n`, /:2: expected a sample with 14 values$/],
  ["with a value that is none", `${header()}${SAMPLE.replace("[0", '["x"')}`, /:2: expected numbers, found "x"$/],
  ["with a line that is no JSON", `${header()}{"t":1,,}\n`, /:2:\d+: /],
  [
    "without a column that a replay needs",
    `${header()}${SAMPLE.repeat(3)}`.replace("AnonPages", "Anon"),
    /no column AnonPages/,
  ],
])("a recording %s is refused with its line", (_, text, message) => {
  const path = join(directory, "bad.jsonl");
  writeFileSync(path, text);
  expect(() => readRun(path)).toThrow(message);
});

test("a last line that was cut is left out", () => {
  const whole = recordingOf(TARGETS, []);
  const { run } = comparison(`${whole}{"t":17`);
  expect(run.timeUs).toHaveLength(whole.split("\n").length - 3);
});
