import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_GIVE_WAY,
  defaultPace,
  GiveWay,
  GiveWayPhase,
  type GiveWaySettings,
  type GuestReadings,
  plentyPages,
} from "../../src/common/give-way.ts";

const S = 1_000_000;
const SETTINGS: GiveWaySettings = { psi: 20, afterUs: 5 * S, pace: 100, holdOffUs: 60 * S, holdOffMaxUs: 600 * S };
const CALM: GuestReadings = { psiFull: 0, available: 10_000, floor: 1000, total: 100_000 };
const HEAVY: GuestReadings = { ...CALM, available: 5000, psiFull: 30 };

/** A balloon that does what its target says, by up to `rate` pages a second, and a host that asks for `wanted` pages. */
class Life {
  readonly rule: GiveWay;
  size: number;
  wanted = 5000;
  second = 0;
  readonly #rate: number;

  constructor(size = 5000, settings = SETTINGS, rate = 16_384) {
    this.rule = new GiveWay(settings);
    this.size = size;
    this.#rate = rate;
  }

  /** So many seconds with these readings; returns the sizes after each. */
  seconds(count: number, readings: GuestReadings): number[] {
    return Array.from({ length: count }, () => {
      const target = this.rule.step(this.second * S, this.wanted, this.size, readings);
      this.second++;
      this.size += Math.max(-this.#rate, Math.min(target - this.size, this.#rate));
      return this.size;
    });
  }

  get phase(): number {
    return this.rule.state.phase;
  }
}

describe("giving way", () => {
  test("begins when PSI has been above its limit for the stated time, at the stated pace, and ends below half of the limit", () => {
    const life = new Life();
    expect(life.seconds(8, HEAVY)).toEqual([5000, 5000, 5000, 5000, 5000, 4900, 4800, 4700]);
    // Between the limit and half of it the balloon keeps its size.
    expect(life.seconds(3, { ...HEAVY, psiFull: 15 })).toEqual([4700, 4700, 4700]);
    expect(life.seconds(1, HEAVY)).toEqual([4600]);
    expect(life.phase).toBe(GiveWayPhase.Giving);
    life.seconds(1, { ...HEAVY, psiFull: 10 });
    expect(life.phase).toBe(GiveWayPhase.Holding);
  });

  test("does not begin for shorter pressure", () => {
    const life = new Life();
    for (let i = 0; i < 20; i++) {
      life.seconds(5, HEAVY);
      life.seconds(1, { ...HEAVY, psiFull: 20 });
    }
    expect([life.size, life.rule.state.episodes]).toEqual([5000, 0]);
  });

  test("is over when memory is plentiful again, though PSI is still high, and does not begin for such pressure", () => {
    const life = new Life();
    const plenty = { ...HEAVY, available: plentyPages(HEAVY) };
    life.seconds(60, plenty);
    expect([life.size, life.rule.state.episodes]).toEqual([5000, 0]);
    life.seconds(6, { ...plenty, available: plenty.available - 1 });
    expect([life.size, life.phase]).toEqual([4900, GiveWayPhase.Giving]);
    life.seconds(1, plenty);
    expect([life.size, life.phase]).toEqual([4900, GiveWayPhase.Holding]);
    expect(plentyPages({ floor: 2 ** 18, total: 2 ** 22 })).toBe(2 * 2 ** 18);
  });

  test("begins at once below half of the floor, and goes on up to three quarters of it", () => {
    const life = new Life();
    const left = (available: number) => life.seconds(1, { ...CALM, available })[0];
    expect([500, 499, 749, 750].map(left)).toEqual([5000, 4900, 4800, 4800]);
    expect(life.phase).toBe(GiveWayPhase.Holding);
  });

  test("holds off for the stated time, then follows the host again", () => {
    const life = new Life();
    life.seconds(7, HEAVY);
    expect(new Set(life.seconds(60, CALM))).toEqual(new Set([4800]));
    expect(life.seconds(1, CALM)).toEqual([5000]);
    expect(life.phase).toBe(GiveWayPhase.Following);
  });

  test("holds off twice as long each time that it repeats, up to the longest time, and forgets that after calm", () => {
    const life = new Life();
    const holdOffs = [];
    for (let i = 0; i < 6; i++) {
      life.seconds(7, HEAVY);
      holdOffs.push(life.rule.state.holdOffUs / S);
      life.seconds(601, CALM);
    }
    expect(holdOffs).toEqual([60, 120, 240, 480, 600, 600]);
    life.seconds(1201, CALM);
    life.seconds(7, HEAVY);
    expect([life.rule.state.holdOffUs / S, life.rule.state.episodes]).toEqual([60, 7]);
  });

  test("goes on where pressure returns in the hold-off, which is no repetition", () => {
    const life = new Life();
    life.seconds(7, HEAVY);
    life.seconds(30, CALM);
    life.seconds(7, HEAVY);
    expect([life.size, life.rule.state.episodes, life.rule.state.holdOffUs / S]).toEqual([4600, 1, 60]);
    life.seconds(59, CALM);
    expect(life.phase).toBe(GiveWayPhase.Holding);
  });

  test("lets the host have the balloon smaller at any time", () => {
    const life = new Life();
    life.seconds(6, HEAVY);
    life.wanted = 1000;
    expect(life.seconds(1, HEAVY)).toEqual([1000]);
    life.wanted = 5000;
    expect(life.seconds(1, CALM)).toEqual([1000]);
  });

  test("keeps an empty balloon empty, and does not count pressure that no balloon adds to", () => {
    const life = new Life(150);
    life.wanted = 150;
    expect(life.seconds(8, HEAVY).slice(5)).toEqual([50, 0, 0]);
    const none = new Life(0);
    none.wanted = 0;
    none.seconds(20, HEAVY);
    expect([life.rule.state.episodes, none.rule.state.episodes]).toEqual([1, 0]);
  });

  test("takes unknown figures for no pressure", () => {
    const life = new Life();
    life.seconds(100, { ...CALM, psiFull: Number.NaN, available: Number.NaN });
    expect([life.size, life.rule.isAtRest({ ...CALM, psiFull: Number.NaN, available: Number.NaN })]).toEqual([
      5000,
      true,
    ]);
  });

  test("is not at rest while it counts how long PSI has been high", () => {
    const life = new Life();
    life.seconds(1, HEAVY);
    expect(life.rule.isAtRest(CALM)).toBe(false);
    life.seconds(1, CALM);
    expect(life.rule.isAtRest(CALM)).toBe(true);
  });

  test("has a pace by memory", () => {
    expect([defaultPace(16 * 2 ** 18), defaultPace(64), defaultPace(10)]).toEqual([65_536, 1, 1]);
  });
});

const READINGS = fc.record({
  psiFull: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 100 })),
  available: fc.oneof(fc.constant(Number.NaN), fc.nat(2000)),
  floor: fc.constant(1000),
  total: fc.constant(6400),
});
/** Steps of a life: the time since the last one, the host's target, the readings. */
const STEPS = fc.array(
  fc.record({ us: fc.integer({ min: 0, max: 3 * S }), wanted: fc.nat(6000), readings: READINGS }),
  {
    maxLength: 300,
  },
);
const NUMBERS = fc.record({
  psi: fc.integer({ min: 1, max: 100 }),
  afterUs: fc.nat(10 * S),
  pace: fc.option(fc.integer({ min: 1, max: 2000 })),
  holdOffUs: fc.nat(30 * S),
  holdOffMaxUs: fc.nat(120 * S),
});

/** Steps of a new life, each with its own time. */
function timed<Step extends { readonly us: number }>(steps: readonly Step[]): (Step & { readonly nowUs: number })[] {
  let nowUs = 0;
  return steps.map((step) => {
    nowUs += step.us;
    return { ...step, nowUs };
  });
}

describe("whatever happens", () => {
  test("the balloon never grows while it gives way or holds off, and gives at most its pace a second", () => {
    fc.assert(
      fc.property(NUMBERS, STEPS, fc.nat(6000), (settings, steps, first) => {
        const rule = new GiveWay(settings);
        let size = first;
        for (const { us, nowUs, wanted, readings } of timed(steps)) {
          const isFirst = rule.state.phase === GiveWayPhase.Following;
          const target = rule.step(nowUs, wanted, size, readings);
          expect(target).toBeLessThanOrEqual(wanted);
          if (rule.state.phase === GiveWayPhase.Following) expect(target).toBe(wanted);
          else {
            expect(target).toBeLessThanOrEqual(size);
            // What the rule takes beyond the host's own wish.
            const pace = settings.pace ?? 100;
            const most = (pace * Math.min(isFirst ? S : us, S)) / S;
            expect(Math.min(size, wanted) - target).toBeLessThanOrEqual(most);
          }
          size = target;
        }
      }),
    );
  });

  test("without pressure the target is the host's", () => {
    fc.assert(
      fc.property(NUMBERS, STEPS, fc.nat(6000), (settings, steps, size) => {
        const rule = new GiveWay(settings);
        for (const { nowUs, wanted, readings } of timed(steps)) {
          const calm = {
            ...readings,
            psiFull: Math.min(readings.psiFull, settings.psi),
            available: Math.max(readings.available, 500),
          };
          expect(rule.step(nowUs, wanted, size, calm)).toBe(wanted);
          expect(rule.isAtRest(calm)).toBe(true);
        }
      }),
    );
  });

  test("with plenty of available memory PSI never moves the target", () => {
    const plentyReadings = fc.record({
      psiFull: fc.integer({ min: 0, max: 100 }),
      more: fc.nat(100_000),
      floor: fc.nat(50_000),
      total: fc.integer({ min: 50_000, max: 200_000 }),
    });
    const steps = fc.array(
      fc.record({ us: fc.integer({ min: 0, max: 3 * S }), wanted: fc.nat(6000), readings: plentyReadings }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(NUMBERS, steps, fc.nat(6000), (settings, lives, size) => {
        const rule = new GiveWay(settings);
        for (const { nowUs, wanted, readings: known } of timed(lives)) {
          const { more, ...readings } = known;
          expect(rule.step(nowUs, wanted, size, { ...readings, available: plentyPages(readings) + more })).toBe(wanted);
        }
      }),
    );
  });

  test("at rest, a step with readings that are no worse changes nothing", () => {
    fc.assert(
      fc.property(NUMBERS, STEPS, fc.nat(6000), (settings, steps, size) => {
        const rule = new GiveWay(settings);
        let restedUs = 0;
        for (const { nowUs, wanted, readings } of timed(steps)) {
          const atUs = nowUs + restedUs;
          rule.step(atUs, wanted, size, readings);
          if (!rule.isAtRest(readings)) continue;
          const better = { ...readings, psiFull: Math.min(readings.psiFull, settings.psi) };
          const before = { ...rule.state };
          expect(rule.step(atUs + 5 * S, wanted, size, better)).toBe(wanted);
          expect({ ...rule.state, steppedUs: before.steppedUs }).toEqual(before);
          restedUs += 5 * S;
        }
      }),
    );
  });

  test("a copy of the state goes on as the original", () => {
    fc.assert(
      fc.property(NUMBERS, STEPS, STEPS, (settings, before, after) => {
        const one = new GiveWay(settings);
        let nowUs = 0;
        const run = (rule: GiveWay, steps: typeof before, fromUs: number): number[] => {
          let at = fromUs;
          return steps.map(({ us, wanted, readings }) => {
            at += us;
            return rule.step(at, wanted, 3000, readings);
          });
        };
        run(one, before, nowUs);
        nowUs = before.reduce((sum, { us }) => sum + us, 0);
        const other = new GiveWay(settings, { ...one.state });
        expect(run(other, after, nowUs)).toEqual(run(one, after, nowUs));
      }),
    );
  });
});

test("the defaults are above the limit at which the balloon itself stops sleeping for memory", () => {
  expect(DEFAULT_GIVE_WAY).toMatchObject({ psi: 20, afterUs: 5 * S, holdOffUs: 300 * S, holdOffMaxUs: 3600 * S });
});
