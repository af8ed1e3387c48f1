import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Shift, shiftedSource } from "../../../../src/sim/hosts/scenario/shifted-source.ts";
import { readTrace } from "../../../../src/sim/trace/read.ts";
import { traceDocuments } from "../../../support/generators/traces.ts";
import { changesOf, linesText, MINIMAL } from "../../trace/support.ts";
import { Reading } from "./support.ts";

const S = 1_000_000;
/** A shift of a trace of that length; without more, none. */
const shift = (part: Partial<Shift> & Pick<Shift, "lengthUs">): Shift => ({
  phaseUs: 0,
  repeats: false,
  endUs: part.lengthUs,
  boots: false,
  ...part,
});

const document = (members: object) => () => readTrace(JSON.stringify({ ...MINIMAL, ...members }));

describe("a trace that is begun in its middle and repeated", () => {
  test("without a phase and a repetition gives the very changes of the trace", () => {
    fc.assert(
      fc.property(traceDocuments, fc.boolean(), (members, boots) => {
        const open = () => readTrace(JSON.stringify(members));
        const lengthUs = open().trace.durationUs;
        const same = shiftedSource(open, shift({ lengthUs, boots }));
        expect(changesOf(same)).toEqual(changesOf(open()));
        expect(same.endUs).toBe(lengthUs);
        const longer = shiftedSource(open, shift({ lengthUs, boots, endUs: 3 * lengthUs }));
        expect(changesOf(longer)).toEqual(changesOf(open()));
        expect([longer.endUs, longer.trace.durationUs]).toEqual([3 * lengthUs, 3 * lengthUs]);
        const ended = shiftedSource(open, shift({ lengthUs, boots, repeats: true, endUs: lengthUs }));
        expect(changesOf(ended).filter(([at]) => at !== lengthUs)).toEqual(
          changesOf(open()).filter(([at]) => at !== lengthUs),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("has at each time the value that the trace has at the time's place in it", () => {
    const times = fc.array(fc.double({ min: 0, max: 3.5, noNaN: true }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(traceDocuments, fc.double({ min: 0, max: 0.999, noNaN: true }), times, (members, part, laps) => {
        const open = () => readTrace(JSON.stringify(members));
        const lengthUs = open().trace.durationUs;
        const phaseUs = Math.floor(part * lengthUs);
        const endUs = 4 * lengthUs;
        const shifted = new Reading(shiftedSource(open, shift({ lengthUs, phaseUs, repeats: true, endUs })));
        for (const us of laps.map((lap) => Math.floor(lap * lengthUs)).toSorted((a, b) => a - b)) {
          const got = shifted.at(us);
          const wanted = new Reading(open()).at((phaseUs + us) % lengthUs);
          expect(got.map(({ unknown }) => unknown)).toEqual(wanted.map(({ unknown }) => unknown));
          wanted.forEach(({ value, unknown }, series) => {
            // In a gap the last known value holds, which may be one of the pass before.
            if (!unknown) expect(got[series]?.value).toBeCloseTo(value, 2);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("gives its changes in order, those of time 0 first and of every series, and none after its end", () => {
    fc.assert(
      fc.property(traceDocuments, fc.nat(1000), fc.nat(4000), (members, phase, end) => {
        const open = () => readTrace(JSON.stringify(members));
        const lengthUs = open().trace.durationUs;
        const phaseUs = Math.floor((lengthUs * Math.min(phase, 999)) / 1000);
        const endUs = Math.floor((lengthUs * end) / 1000);
        const changes = changesOf(shiftedSource(open, shift({ lengthUs, phaseUs, repeats: true, endUs })), 100_000);
        const order = (a: number[], b: number[]) =>
          (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number);
        expect(changes).toEqual(changes.toSorted(order));
        expect(changes.every(([at]) => (at as number) <= endUs)).toBe(true);
        expect(new Set(changes.filter(([at]) => at === 0).map(([, series]) => series)).size).toBe(
          new Set(changesOf(open()).map(([, series]) => series)).size,
        );
      }),
      { numRuns: 150 },
    );
  });
});

const RAMP = {
  duration: 100,
  guest: { memory: "4GiB", swap: "1GiB", balloon: 500 },
  workloads: [
    { name: "a", anon: { points: [[0, 100], [80, 900], [90, null]], hold: "linear" }, swapped: 50 }, // biome-ignore format: a row
  ],
  host: { target: 500, refusals: [{ from: 5, count: 2, status: 4 }, { from: 70, until: 80 }] }, // biome-ignore format: a row
  events: [{ at: 60, type: "comment", text: "there" }],
};

test("a line in progress goes on with its rest, and a gap is one again", () => {
  const changes = changesOf(
    shiftedSource(document(RAMP), shift({ lengthUs: 100 * S, phaseUs: 40 * S, repeats: true, endUs: 200 * S })),
  );
  expect(changes.filter(([, series]) => series === 2).map(([at = 0, , ...rest]) => [at / S, ...rest])).toEqual([
    [0, 500, 40 * S, 900],
    [40, 900],
    [50, Number.NaN],
    [60, 100, 140 * S, 900],
    [140, 900],
    [150, Number.NaN],
    [160, 100, 240 * S, 900],
  ]);
});

test("begun in its middle a trace has no balloon, nothing in swap, and the rest of its host's rules", () => {
  const source = shiftedSource(
    document(RAMP),
    shift({ lengthUs: 100 * S, phaseUs: 40 * S, repeats: true, endUs: 200 * S }),
  );
  const { trace } = source;
  expect([trace.guest.balloon, trace.workloads[0]?.swapped, trace.workloads[0]?.fileWarm]).toEqual([0, 0, true]);
  expect(trace.host.rules.map(({ fromUs, untilUs }) => [fromUs / S, untilUs / S])).toEqual([[30, 40]]);
  expect(source.events).toEqual([{ atUs: 20 * S, untilUs: null, type: "comment", text: "there" }]);
  expect([trace.durationUs, source.endUs]).toEqual([200 * S, 200 * S]);
});

test("a VM that boots has no balloon, nothing in swap and cold files", () => {
  const { trace } = shiftedSource(document(RAMP), shift({ lengthUs: 100 * S, boots: true }));
  expect([trace.guest.balloon, trace.workloads[0]?.swapped, trace.workloads[0]?.fileWarm]).toEqual([0, 0, false]);
  const warm = shiftedSource(document(RAMP), shift({ lengthUs: 100 * S })).trace;
  expect([warm.guest.balloon, warm.workloads[0]?.swapped, warm.workloads[0]?.fileWarm]).toEqual([500, 50, true]);
});

test("a trace that does not repeat has no changes after its end, and keeps the values that it has there", () => {
  const source = shiftedSource(document(RAMP), shift({ lengthUs: 100 * S, phaseUs: 85 * S, endUs: 300 * S }));
  expect(source.endUs).toBe(300 * S);
  expect(changesOf(source).filter(([, series]) => series === 2)).toEqual([
    [0, 2, 900],
    [5 * S, 2, Number.NaN],
  ]);
});

test("JSON lines are read again from their beginning", () => {
  const rows = [0, 10, 20, 30].map((t) => ({ t, anon: t + 1 }));
  let opened = 0;
  const open = () => {
    opened++;
    return readTrace(linesText({ workloads: [{ name: "a" }], rows: { anon: {} } }, rows));
  };
  const source = shiftedSource(open, shift({ lengthUs: 30 * S, phaseUs: 15 * S, repeats: true, endUs: 60 * S }));
  expect(opened).toBe(1);
  expect(
    changesOf(source)
      .filter(([, series]) => series === 2)
      .map(([at = 0, , value]) => [at / S, value]),
  ).toEqual([
    [0, 11],
    [5, 21],
    [15, 1],
    [25, 11],
    [35, 21],
    [45, 1],
    [55, 11],
  ]);
  expect(opened).toBe(3);
});
