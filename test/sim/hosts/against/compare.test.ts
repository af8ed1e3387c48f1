import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Against, compareTargets } from "../../../../src/sim/hosts/against/compare.ts";
import { agreementOf } from "../../../../src/sim/hosts/against/movement.ts";
import type { ComparedVm, TargetSeries } from "../../../../src/sim/hosts/against/series.ts";

const MIB = 1_048_576;
const S = 1_000_000;
const MINUTE = 60 * S;

/** A target in MiB at seconds; null: unknown. */
const series = (...points: [seconds: number, mib: number | null][]): TargetSeries => ({
  at: points.map(([seconds]) => seconds * S),
  bytes: points.map(([, mib]) => (mib === null ? Number.NaN : mib * MIB)),
});

const vm = (
  name: string,
  measured: TargetSeries | null,
  decided: TargetSeries,
  more: Partial<ComparedVm> = {},
): ComparedVm => ({
  name,
  memory: 1000 * MIB,
  onUs: 0,
  offUs: Number.POSITIVE_INFINITY,
  measured,
  isSize: false,
  decided,
  ...more,
});

const only = (against: Against) => {
  const [first] = against.vms;
  if (first === undefined) throw new Error("no VM");
  return first;
};

/** A target that moves up and down, every minute. */
const wave = (count: number, of: (i: number) => number): TargetSeries =>
  series(...Array.from({ length: count }, (_, i): [number, number] => [i * 60, of(i)]));

describe("compareTargets", () => {
  it("takes means over time, not over values", () => {
    // 100 MiB apart for 10 s, -20 MiB for 30 s.
    const result = only(compareTargets([vm("a", series([0, 100]), series([0, 200], [10, 80]))], 40 * S));
    expect(result.apart / MIB).toBeCloseTo((100 * 10 + 20 * 30) / 40, 10);
    expect(result.part).toBeCloseTo(result.apart / MIB / 1000, 12);
    expect(result.bias / MIB).toBeCloseTo((100 * 10 - 20 * 30) / 40, 10);
    expect([result.measured, result.decided]).toEqual([100 * MIB, 110 * MIB]);
  });

  it("compares nothing before a VM is on, after it is off, where a target is unknown, and before the first value", () => {
    const measured = series([5, 100], [20, null], [30, 100]);
    const life = { onUs: 10 * S, offUs: 50 * S };
    const result = only(compareTargets([vm("a", measured, series([0, 500], [12, 150]), life)], 100 * S));
    expect(result.certainty.comparedUs).toBe(30 * S);
    expect(result.apart / MIB).toBeCloseTo((400 * 2 + 50 * 28) / 30, 10);
    expect(result.certainty).toMatchObject({ gaps: 1, comparedPart: 0.75 });
  });

  it("says when the difference was largest, in stretches that don't touch", () => {
    const decided = series([0, 100], [600, 400], [630, 100], [1800, 50], [1860, 100], [2400, 110], [2460, 100]);
    const { largest } = only(compareTargets([vm("a", series([0, 100]), decided)], 3600 * S));
    expect(largest.map(({ fromUs, untilUs }) => [fromUs / MINUTE, untilUs / MINUTE])).toEqual([
      [10, 15],
      [30, 35],
      [40, 45],
    ]);
    expect((largest[0]?.decided ?? 0) / MIB).toBeCloseTo(100 + (300 * 30) / 300, 10);
    expect((largest[1]?.apart ?? 0) / MIB).toBeCloseTo((50 * 60) / 300, 10);
  });

  it("finds no stretch where the targets are the same", () => {
    const result = only(compareTargets([vm("a", series([0, 100]), series([0, 100]))], 3600 * S));
    expect([result.apart, result.largest]).toEqual([0, []]);
  });

  it("counts steps in which both targets move the same way, and correlates their changes", () => {
    const measured = wave(60, (i) => 100 + 10 * (i % 5));
    const same = only(
      compareTargets(
        [
          vm(
            "a",
            measured,
            wave(60, (i) => 300 + 20 * (i % 5)),
          ),
        ],
        3600 * S,
      ),
    ).movement;
    expect(same).toMatchObject({ steps: 59, same: 59, opposite: 0, onlyMeasured: 0, onlyDecided: 0 });
    expect(same.correlation).toBeCloseTo(1, 10);
    const opposite = only(
      compareTargets(
        [
          vm(
            "a",
            measured,
            wave(60, (i) => 300 - 20 * (i % 5)),
          ),
        ],
        3600 * S,
      ),
    ).movement;
    expect(opposite).toMatchObject({ same: 0, opposite: 59 });
    expect(opposite.correlation).toBeCloseTo(-1, 10);
    const still = only(compareTargets([vm("a", measured, series([0, 300]))], 3600 * S)).movement;
    expect(still).toMatchObject({ same: 0, onlyMeasured: 59, correlation: null });
    expect([agreementOf(same), agreementOf(opposite), agreementOf(still)]).toEqual([1, 0, 0]);
    const decidedOnly = only(compareTargets([vm("a", series([0, 300]), measured)], 3600 * S)).movement;
    expect(decidedOnly).toMatchObject({ onlyDecided: 59, correlation: null });
  });

  it("counts no step that leads over a gap, and no change below a MiB", () => {
    const measured = series([0, 100], [60, 100.5], [120, 200], [150, null], [170, 300], [240, 400], [300, 400]);
    const { movement } = only(compareTargets([vm("a", measured, measured)], 360 * S));
    // From 120 s to 180 s it was unknown for a while.
    expect(movement).toMatchObject({ same: 2, steps: expect.any(Number) });
    const { stepUs } = compareTargets([vm("a", measured, measured)], 360 * S);
    expect(stepUs).toBe(60 * S);
    expect(movement.steps).toBe(4);
  });

  it("uses steps no shorter than the time between measured values", () => {
    const coarse = series([0, 1], [300, 2], [600, 3], [900, 4]);
    expect(compareTargets([vm("a", coarse, coarse)], 3600 * S).stepUs).toBe(300 * S);
    const fine = series([0, 1], [5, 2], [10, 3]);
    expect(compareTargets([vm("a", fine, fine)], 50 * S).stepUs).toBe(5 * S);
    expect(compareTargets([vm("a", fine, fine)], 3600 * S).stepUs).toBe(60 * S);
    expect(compareTargets([vm("a", fine, fine)], 1e7 * S).stepUs).toBe(1000 * S);
  });

  it("adds up all VMs, at each time those whose targets are known", () => {
    const vms = [
      vm("a", series([0, 100]), series([0, 200])),
      vm("b", series([0, 300], [30, null]), series([0, 200])),
      vm("c", null, series([0, 900])),
    ];
    const { host } = compareTargets(vms, 60 * S);
    // The same amount from other VMs: nothing apart in the sum, all of it target by target.
    expect(host.apart / MIB).toBeCloseTo((0 * 30 + 100 * 30) / 60, 10);
    expect(host.misplaced / MIB).toBeCloseTo((200 * 30 + 100 * 30) / 60, 10);
    expect(host.measured / MIB).toBeCloseTo((400 * 30 + 100 * 30) / 60, 10);
    expect(host.memory / MIB).toBeCloseTo(1500, 10);
    expect(host.part).toBeCloseTo((0 + (100 / 1000) * 30) / 60, 12);
    expect(host.compared).toBe(2);
    expect(host.over.map(({ measured }) => measured / MIB).slice(0, 3)).toEqual([400, 400, 400]);
    expect(host.over.at(-1)?.measured).toBe(100 * MIB);
  });

  it("takes no VM that comes or goes for a movement of the host's targets", () => {
    const steady = series([0, 500]);
    const vms = [vm("a", steady, steady), vm("b", steady, steady, { onUs: 600 * S, offUs: 1200 * S })];
    expect(compareTargets(vms, 3600 * S).host.movement).toMatchObject({ steps: 59, same: 0, onlyMeasured: 0 });
  });

  it("has nothing to say without measured targets", () => {
    const { vms, host } = compareTargets([vm("a", null, series([0, 1])), vm("b", series(), series([0, 1]))], 60 * S);
    expect(vms.map(({ certainty }) => certainty.doubts)).toEqual([
      ["nothing was measured"],
      ["no time has both a measured and a decided target"],
    ]);
    expect([host.grade, host.compared, host.apart, host.over]).toEqual(["none", 0, Number.NaN, []]);
    expect(compareTargets([], 60 * S).host.grade).toBe("none");
  });

  it.each([
    ["good", 200, 1, {}],
    ["fair", 50, 1, {}],
    ["weak", 9, 1, {}],
    ["fair", 200, 0.5, {}],
    ["weak", 200, 0.1, {}],
    ["fair", 200, 1, { isSize: true }],
  ])("is sure: %s, with %d samples in %d of the time, %j", (grade, count, part, more) => {
    const measured = wave(count, (i) => 100 + 10 * (i % 5));
    const known = count * 60 * part;
    const decided = series([0, 100], [known, null]);
    const { certainty } = only(compareTargets([vm("a", measured, decided, more)], count * MINUTE));
    expect(certainty.grade).toBe(grade);
    expect(certainty.samples).toBe(count);
    if (grade === "good") expect(certainty.doubts).toEqual([]);
    else expect(certainty.doubts.length).toBeGreaterThan(0);
  });

  it("doubts a measured target that never moves", () => {
    const still = wave(200, () => 100);
    const { certainty } = only(compareTargets([vm("a", still, still)], 200 * MINUTE));
    expect(certainty).toMatchObject({ grade: "fair", doubts: ["the measured target never moved"] });
  });

  it("gives an interval of the difference that is 0 for a constant one and wide for one that wanders", () => {
    const measured = wave(100, () => 100);
    const margin = (of: (i: number) => number) =>
      only(compareTargets([vm("a", measured, wave(100, of))], 100 * MINUTE)).margin;
    expect(margin(() => 150)).toBe(0);
    // Ten means of 0, 10, … 90 MiB: their deviation is 30.3 MiB, over the root of ten, times 2.262.
    expect((margin((i) => 100 + 10 * Math.floor(i / 10)) ?? 0) / MIB).toBeCloseTo((2.262 * 30.2765) / Math.sqrt(10), 3);
    expect(only(compareTargets([vm("a", series([0, 1]), series([0, 2]))], MINUTE)).margin).toBeNull();
  });

  it("is symmetric, and keeps to its bounds, for any series", () => {
    const anySeries = fc
      .uniqueArray(
        fc.tuple(fc.integer({ min: -50, max: 700 }), fc.option(fc.integer({ min: 0, max: 1000 }), { freq: 4 })),
        {
          selector: ([seconds]) => seconds,
          maxLength: 40,
        },
      )
      .map((points) => series(...points.sort(([a], [b]) => a - b)));
    const anyVm = fc.record({ measured: anySeries, decided: anySeries, on: fc.nat(300), life: fc.nat(600) });
    fc.assert(
      fc.property(fc.array(anyVm, { maxLength: 4 }), (list) => {
        const build = (isSwapped: boolean) =>
          list.map(({ measured, decided, on, life }, i) =>
            vm(`${i}`, isSwapped ? decided : measured, isSwapped ? measured : decided, {
              onUs: on * S,
              offUs: (on + life) * S,
            }),
          );
        const [one, other] = [compareTargets(build(false), 600 * S), compareTargets(build(true), 600 * S)];
        one.vms.forEach((each, i) => {
          const back = other.vms[i] as (typeof one.vms)[number];
          expect(back.apart).toBe(each.apart);
          if (each.certainty.comparedUs === 0) return;
          expect(each.certainty.comparedPart).toBeLessThanOrEqual(1);
          expect(Math.abs(each.bias)).toBeLessThanOrEqual(each.apart + 1e-6);
          expect(each.margin ?? 0).toBeGreaterThanOrEqual(0);
          const { steps, same, opposite, onlyMeasured, onlyDecided } = each.movement;
          expect(same + opposite + onlyMeasured + onlyDecided).toBeLessThanOrEqual(steps);
        });
        if (one.host.comparedUs > 0) expect(one.host.apart).toBeLessThanOrEqual(one.host.misplaced + 1e-6);
        // A series against itself is nothing apart.
        const self = compareTargets(
          list.map(({ measured }, i) => vm(`${i}`, measured, measured)),
          600 * S,
        );
        for (const each of self.vms) expect(each.apart === 0 || Number.isNaN(each.apart)).toBe(true);
      }),
    );
  });
});
