import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { compare, interpolate, rmse } from "../../../src/sim/fidelity/compare.ts";
import { CURVES, type CurveId } from "../../../src/sim/fidelity/curves.ts";
import type { RecordedRun } from "../../../src/sim/fidelity/recorded-run.ts";
import { scenariosOf } from "../../../src/sim/fidelity/scenario.ts";
import { targetChanges } from "../../../src/sim/fidelity/targets.ts";

const SECOND = 1_000_000;
const MEMORY = 100_000;

interface MadeUp {
  readonly settings?: string;
  readonly recordedOn?: string;
  readonly scenario?: string;
  readonly size?: readonly number[];
  readonly some?: readonly number[];
  readonly rate?: readonly number[];
  readonly target?: readonly number[];
  readonly oomKills?: number;
}

const ROWS = 10;
const level = (value: number): number[] => new Array<number>(ROWS).fill(value);

function curvesOf({ size = level(0), some = level(0), rate = level(2048) }: MadeUp): Map<CurveId, readonly number[]> {
  return new Map([
    ["size", size],
    ["some", some],
    ["rate", rate],
  ]);
}

function recordedRun(made: MadeUp = {}): RecordedRun {
  return {
    name: "made-up.csv",
    scenario: made.scenario ?? "made-up",
    settings: made.settings ?? "a=1",
    unmodelled: [],
    unrecorded: [],
    recordedOn: made.recordedOn ?? "kernel lab, Linux 6.1.192",
    costsNote: null,
    timeUs: Array.from({ length: ROWS }, (_, i) => i * SECOND),
    target: made.target ?? level(0),
    curves: curvesOf(made),
    oomKills: made.oomKills ?? 0,
    replay: {
      trace: { guest: { memory: MEMORY } },
      rates: DEFAULT_RATES,
      leadUs: 0,
      fixedCache: 0,
      tmpfs: [],
      active: [],
    },
  };
}

/** A recorded run beside a replay that is as it says. */
function comparison(recorded: MadeUp, simulated: MadeUp) {
  return compare(recordedRun(recorded), {
    target: simulated.target ?? level(0),
    curves: curvesOf(simulated),
    oomKills: simulated.oomKills ?? 0,
  });
}

describe("errors", () => {
  test("are 0 for the curve itself, and the distance for one beside it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.integer({ min: 0, max: 1e6 }), (curve, distance) => {
        expect(rmse(curve, curve)).toBe(0);
        expect(
          rmse(
            curve,
            curve.map((v) => v + distance),
          ),
        ).toBeCloseTo(distance, 6);
      }),
    );
  });

  test("weigh a few large differences more than many small ones", () => {
    expect(rmse([0, 0, 0, 0], [4, 0, 0, 0])).toBe(2);
    expect(rmse([0, 0, 0, 0], [1, 1, 1, 1])).toBe(1);
  });

  test("are measured by how far the recorded curve moves, or by what is little for its kind", () => {
    const rising = Array.from({ length: ROWS }, (_, i) => i * 9000);
    const ranges = (made: MadeUp) => comparison(made, {}).curves.map(({ range }) => range);
    // A hundredth of memory, a second, the lowest rate.
    expect(ranges({})).toEqual([1000, 1, 512]);
    expect(ranges({ size: rising, some: rising, rate: rising })).toEqual([81_000, 81_000, 81_000]);
  });
});

describe("a curve at other times", () => {
  test("lies on straight lines, and level outside", () => {
    const at = [-1, 0, 5, 10, 15, 20, 99];
    expect(interpolate([0, 10, 20], [0, 100, 50], at)).toEqual([0, 0, 50, 100, 75, 50, 50]);
  });

  test("is itself at its own times", () => {
    const points = fc.uniqueArray(fc.record({ t: fc.nat(), v: fc.integer() }), {
      minLength: 1,
      selector: ({ t }) => t,
    });
    fc.assert(
      fc.property(points, (unsorted) => {
        const sorted = unsorted.toSorted((a, b) => a.t - b.t);
        const [times, values] = [sorted.map(({ t }) => t), sorted.map(({ v }) => v)];
        expect(interpolate(times, values, times)).toEqual(values);
      }),
    );
  });
});

describe("times to the target", () => {
  const timeUs = Array.from({ length: ROWS }, (_, i) => Math.round(i * 1.003 * SECOND));

  test("count the cycles from the last row before the change", () => {
    const target = [0, 0, 5, 5, 5, 5, 2, 2, 2, 2];
    const size = [0, 0, 2, 4, 5, 5, 3, 2, 2, 2];
    expect(targetChanges(timeUs, target, size, 0)).toEqual([
      { pages: 5, cycles: 3, watched: 4 },
      { pages: 2, cycles: 2, watched: 4 },
    ]);
  });

  test("end where the surplus is one that the driver leaves, but not above a target of 0", () => {
    const target = [9000, 1000, 1000, 1000, 0, 0, 0, 0, 0, 0];
    const size = [9000, 2000, 1511, 1511, 900, 300, 300, 300, 300, 300];
    expect(targetChanges(timeUs, target, size, 511)).toEqual([
      { pages: 1000, cycles: 2, watched: 3 },
      { pages: 0, cycles: null, watched: 6 },
    ]);
    expect(targetChanges(timeUs, target, size, 0)[0]?.cycles).toBeNull();
  });

  test("are none where the next change, or the end, came first", () => {
    const target = [0, 5, 5, 7, 7, 7, 7, 7, 7, 7];
    const size = [0, 1, 2, 3, 5, 6, 6, 6, 6, 6];
    expect(targetChanges(timeUs, target, size, 0)).toEqual([
      { pages: 5, cycles: null, watched: 2 },
      { pages: 7, cycles: null, watched: 7 },
    ]);
  });
});

describe("changes of the target", () => {
  test("are compared with the replay's change to the same number of pages, not with one to another", () => {
    const change = (to: number) => level(to).map((v, i) => (i === 0 ? 0 : v));
    const targets = (simulated: number) =>
      comparison({ target: change(5), size: change(5) }, { target: change(simulated), size: change(simulated) })
        .targets;
    expect(targets(5)).toMatchObject([{ pages: 5, recorded: 1, simulated: 1 }]);
    expect(targets(6)).toMatchObject([{ pages: 5, recorded: 1, simulated: null }]);
  });

  test("of two repetitions are judged by the mean of both", () => {
    const size = (cycles: number) => level(5).map((v, i) => (i <= cycles ? 0 : v));
    const target = level(5).map((v, i) => (i === 0 ? 0 : v));
    const run = (cycles: number) => comparison({ target, size: size(cycles) }, { target, size: size(4) });
    expect(scenariosOf([run(1), run(6)])[0]?.targets[0]).toMatchObject({ recorded: 4.5, simulated: 5 });
  });
});

describe("repetitions of a scenario", () => {
  const shifted = (by: number): MadeUp => ({ size: level(by).map((v, i) => (i === 0 ? 0 : v)) });

  test("are those with the same settings; scenarios of one name are told apart", () => {
    const scenarios = scenariosOf([
      comparison({ settings: "a=1" }, {}),
      comparison({ settings: "a=2" }, {}),
      comparison({ settings: "a=1" }, {}),
    ]);
    expect(scenarios.map(({ name, runs }) => [name, runs.length])).toEqual([
      ["made-up", 2],
      ["made-up (2)", 1],
    ]);
  });

  test("are of one kernel: the same settings on another one are another scenario", () => {
    const kernels = ["VM lab, Linux 6.1", "VM lab, Linux 6.12", "VM lab, Linux 6.1"];
    const scenarios = scenariosOf(kernels.map((recordedOn) => comparison({ recordedOn }, {})));
    expect(scenarios.map(({ runs }) => runs.length)).toEqual([2, 1]);
  });

  test("a single run may be off by 3 %", () => {
    const verdict = (off: number) => scenariosOf([comparison({}, { size: level(off) })])[0]?.curves[0];
    expect(verdict(29)).toMatchObject({ error: 0.029, isNoiseUsual: true, limit: 0.03, isWithin: true });
    expect(verdict(31)).toMatchObject({ error: 0.031, isNoiseUsual: true, limit: 0.03, isWithin: false });
  });

  test("may be off by one and a half times what they are off each other", () => {
    // 0, 40 and 120: pairs are 40, 80 and 120 off each other, so 80 in the middle; the replay is off by 0, 40 and 120.
    const runs = [0, 40, 120].map((off) => comparison({ size: level(off) }, { size: level(0) }));
    const [scenario] = scenariosOf(runs);
    expect(scenario?.curves[0]).toMatchObject({ error: 0.04, noise: 0.08, isNoiseUsual: false, isWithin: true });
    expect(scenario?.curves[0]?.limit).toBeCloseTo(0.12, 12);
    expect(scenario?.curves[0]).toMatchObject({ uncappedLimit: null, isLimitLowest: false });
  });

  test("that differ much have a limit of 15 %, and the verdict says what their noise would have allowed", () => {
    const runs = [0, 100, 300].map((off) => comparison({ size: level(off) }, { size: level(60) }));
    const [scenario] = scenariosOf(runs);
    expect(scenario?.curves[0]).toMatchObject({ noise: 0.2, limit: 0.15, isWithin: true });
    expect(scenario?.curves[0]?.uncappedLimit).toBeCloseTo(0.3, 12);
  });

  test("fewer than three have the noise that is usual for the curve", () => {
    const [scenario] = scenariosOf([0, 300].map((off) => comparison({ size: level(off) }, {})));
    const usualNoise = CURVES.get("size")?.usualNoise;
    expect(usualNoise).toBeGreaterThan(0);
    expect(scenario?.curves[0]).toMatchObject({ noise: usualNoise, isNoiseUsual: true });
  });

  test("that differ little leave the 3 %", () => {
    const [scenario] = scenariosOf([0, 1, 2].map((off) => comparison(shifted(off), {})));
    expect(scenario?.curves[0]?.limit).toBe(0.03);
    expect(scenario?.curves[0]?.isLimitLowest).toBe(true);
  });

  test("say whether most of them have the least range, and not that of the recording", () => {
    const isLeast = (...ranges: number[]) =>
      scenariosOf(ranges.map((range) => comparison(shifted(range), {})))[0]?.curves[0]?.isRangeLeast;
    // 1 % of memory is 1000 pages.
    expect([isLeast(999), isLeast(1000)]).toEqual([true, false]);
    expect([isLeast(999, 998, 2000), isLeast(999, 1500, 2000)]).toEqual([true, false]);
  });

  test.each([
    [20, 20, true],
    [20, 21, true],
    [20, 22, false],
    [100, 105, true],
    [100, 106, false],
    [20, null, false],
    [150, null, false],
    [null, 150, false],
    // Watched for 199 cycles.
    [195, null, true],
    [null, 195, true],
    [null, null, true],
  ])(
    "a target reached after %s cycles, in the replay after %s: within its limit %s",
    (recorded, simulated, isWithin) => {
      const timeUs = Array.from({ length: 200 }, (_, i) => i * SECOND);
      const target = timeUs.map((_, i) => (i === 0 ? 0 : 5));
      const size = (cycles: number | null) => timeUs.map((_, i) => (cycles !== null && i >= cycles ? 5 : 0));
      const run = { ...recordedRun(), timeUs, target, curves: new Map([["size", size(recorded)]] as const) };
      const replayed = { target, curves: new Map([["size", size(simulated)]] as const), oomKills: 0 };
      expect(scenariosOf([compare(run, replayed)])[0]?.targets).toEqual([{ pages: 5, recorded, simulated, isWithin }]);
    },
  );

  test.each([
    [0, 0, true],
    [1, 2, true],
    [1, 0, false],
    [0, 1, false],
  ])("%i kills, %i in the replay: within its limit %s", (recorded, simulated, isWithin) => {
    const [scenario] = scenariosOf([comparison({ oomKills: recorded }, { oomKills: simulated })]);
    expect([scenario?.oom.isWithin, scenario?.isWithin]).toEqual([isWithin, isWithin]);
  });
});
