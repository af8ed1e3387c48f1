import { expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { recordFields } from "../../../src/sim/causes/json-lines.ts";
import type { CauseRecord } from "../../../src/sim/causes/record.ts";
import { CauseRecorder } from "../../../src/sim/causes/recorder.ts";
import { stepWords } from "../../../src/sim/causes/step-words.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { type Change, SERIES_TARGET, type TraceSource } from "../../../src/sim/trace/types.ts";
import { traceOf } from "../../support/in-process/curves.ts";

const MIB = 256;

/** A trace of a large guest with nothing but a target. */
const targetOf = (target: unknown, seconds = 100): TraceSource =>
  readTrace(traceOf(seconds, { guest: { memory: "4GiB" }, host: { target } }));

/** The records of changes of the target, and their words. */
function changesOf(source: TraceSource, most?: number): { records: CauseRecord[]; words: (string | null)[] } {
  const causes = new CauseRecorder(most);
  new Simulation(source, { rates: DEFAULT_RATES, causes }).run();
  const { records, guest } = causes.recording;
  const changes = records.filter(({ kind }) => kind === "target");
  return { records: changes, words: changes.map((record) => stepWords(record, guest)) };
}

/** A source with a further change of the target just after each of its own that `of` returns one for. */
function withChanges(source: TraceSource, of: (change: Change) => Partial<Change> | null): TraceSource {
  let further: Partial<Change> | null = null;
  return {
    trace: source.trace,
    events: source.events,
    get endUs() {
      return source.endUs;
    },
    next(change) {
      if (further !== null) {
        Object.assign(change, further);
        further = null;
        return true;
      }
      const has = source.next(change);
      if (has && change.series === SERIES_TARGET) further = of(change);
      return has;
    },
    close: () => source.close(),
  };
}

test("a target that turns at the end of a line has not jumped there", () => {
  const zigzag = {
    hold: "linear",
    points: [
      [0, 0],
      [20, "600MiB"],
      [40, 0],
    ],
    repeat: 40,
  };
  const { records, words } = changesOf(targetOf(zigzag, 90));
  expect(records.map(({ sinceUs, pages }) => [sinceUs / 1e6, pages])).toEqual([0, 20, 40, 60, 80].map((s) => [s, 0]));
  expect(words).toEqual([
    "at 0s the host began to raise the target, to 600MiB by 20s",
    "at 20s the host began to lower the target, to 0 by 40s",
    "at 40s the host began to raise the target, to 600MiB by 1m",
    "at 1m the host began to lower the target, to 0 by 1m20s",
    "at 1m20s the host began to raise the target, to 600MiB by 1m40s",
  ]);
});

test("a step at the end of a line is told by its height, and so is one on its way", () => {
  const line = (untilUs: number, to: number) => ({ untilUs, untilValue: to });
  const points = [
    [0, 0],
    [20, "1MiB"],
    [40, "600MiB"],
    [60, "400MiB"],
  ];
  const source = targetOf({ points });
  // The steps at 20 s and 40 s become lines: one to its end, one that is left on its way.
  const { records, words } = changesOf(
    withChanges(source, (change) => {
      if (change.atUs === 20e6) return { value: 0, ...line(40e6, 800 * MIB) };
      return change.atUs === 40e6 ? line(80e6, 1000 * MIB) : null;
    }),
  );
  expect(records.map(({ pages }) => pages / MIB)).toEqual([0, -200, -400]);
  expect(words).toEqual([
    "at 20s the host began to raise the target, to 800MiB by 40s",
    "at 40s the host lowered the target by 200MiB to 600MiB and began to raise it, to 1000MiB by 1m20s",
    "at 1m the host lowered the target by 400MiB to 400MiB",
  ]);
});

test("a line that another change replaces at the same instant is not told", () => {
  const points = [
    [0, 0],
    [20, 0],
    [40, "600MiB"],
    [60, "700MiB"],
  ];
  const source = targetOf({ hold: "linear", points });
  const { records, words } = changesOf(
    withChanges(source, ({ atUs }) => (atUs === 20e6 || atUs === 40e6 ? { value: 0, untilUs: atUs } : null)),
  );
  expect(records.map(({ sinceUs, line }) => [sinceUs / 1e6, line])).toEqual([
    [20, null],
    [40, null],
    [60, null],
  ]);
  expect(words[2]).toBe("at 1m the host raised the target by 700MiB to 700MiB");
});

test("changes that are one record are told as one, from the first target to the last one", () => {
  const steps = {
    points: [
      [0, 0],
      [20, "600MiB"],
      [21, "400MiB"],
      [22, "500MiB"],
    ],
  };
  const { records, words } = changesOf(targetOf(steps));
  expect(words).toEqual(["at 20s the host raised the target by 500MiB to 500MiB in 3 changes until 22s"]);
  const [record] = records as [CauseRecord];
  expect(recordFields(record)).toMatchObject({ first: { target: 600 * MIB }, worst: { at_s: 22, target: 500 * MIB } });
  const back = changesOf(
    targetOf({
      points: [
        [0, 0],
        [20, "600MiB"],
        [21, 0],
      ],
    }),
  );
  expect(back.words).toEqual(["at 20s the host changed the target and took that back, 0"]);
  const lines = {
    hold: "linear",
    points: [
      [0, 0],
      [20, 0],
      [21, "600MiB"],
      [22, "100MiB"],
    ],
  };
  expect(changesOf(targetOf(lines)).words).toEqual([
    "at 20s the host raised the target by 600MiB to 600MiB in 2 changes until 21s and began to lower it, to 100MiB by 22s",
  ]);
});

test("records that are joined later, to have fewer of them, have the same first and last target", () => {
  const points = Array.from({ length: 100 }, (_, i) => [i * 10, (i % 7) * 100 * MIB + i]);
  for (const hold of ["step", "linear"]) {
    const series = { hold, points };
    const fine = changesOf(targetOf(series, 2000)).records;
    const coarse = changesOf(targetOf(series, 2000), 16).records;
    expect(fine.length).toBeGreaterThan(90);
    expect(coarse.length).toBeLessThanOrEqual(16);
    const last = coarse.at(-1) as CauseRecord;
    expect(last.worst.target).toBe(fine.at(-1)?.worst.target);
    expect(coarse.reduce((all, { count }) => all + count, 0)).toBe(fine.reduce((all, { count }) => all + count, 0));
    // Each begins where its first change did, and ends where its last did.
    for (const one of coarse) {
      const [first, end] = [fine.find((f) => f.sinceUs === one.sinceUs), fine.find((f) => f.untilUs === one.untilUs)];
      const before = (first as CauseRecord).first.target - (first as CauseRecord).pages;
      expect(one.pages).toBe((end as CauseRecord).worst.target - before);
    }
  }
});

test("a target that changes again before the driver's first cycle is told with both changes", () => {
  const { words } = changesOf(
    targetOf({
      points: [
        [0, "100MiB"],
        [0.000001, "300MiB"],
      ],
    }),
  );
  expect(words).toEqual(["at 0s the host raised the target by 300MiB to 300MiB in 2 changes"]);
});
