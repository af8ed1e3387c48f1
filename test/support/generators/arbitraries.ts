import fc from "fast-check";
import type { Rates } from "../../../src/engine/index.ts";
import type { WorldScript } from "../worlds/page-world.ts";

/** A cycle: what the world answers, and what is changed before it. */
export interface Cycle {
  readonly script: WorldScript;
  /** Most pages of each answer to an allocation, over and over. */
  readonly pieces: readonly number[];
  /** Other constants, put in force before the cycle. */
  readonly rates: Rates | undefined;
}

/** Small constants, so that a few pages meet every limit. */
export const smallRates: fc.Arbitrary<Rates> = fc
  .record({
    nosleepAllocMax: fc.nat(20),
    allocMin: fc.integer({ min: 1, max: 6 }),
    allocMax: fc.nat(8),
    allocInc: fc.nat(5),
    freeMin: fc.integer({ min: 1, max: 6 }),
    freeMax: fc.nat(8),
    freeInc: fc.nat(5),
    slowCycles: fc.nat(5),
    yieldThreshold: fc.nat(6),
    maxRefused: fc.nat(5),
  })
  .map((r) => ({ ...r, allocMax: r.allocMin + r.allocMax, freeMax: r.freeMin + r.freeMax }));

const failure = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 9 }), weight: 6 },
  { arbitrary: fc.constantFrom(6, 7), weight: 3 },
  // Statuses beyond 32 bits: what the driver keeps of them is 0, NOTNEEDED, RESET.
  { arbitrary: fc.constantFrom(0xffff_ffff, 2 ** 32, 2 ** 32 + 6, 2 ** 32 + 7), weight: 1 },
);
const mostly0 = (weight: number) => fc.oneof({ arbitrary: fc.constant(0), weight }, { arbitrary: failure, weight: 1 });

const refusals = fc
  .uniqueArray(fc.record({ at: fc.nat(24), status: failure }), { maxLength: 10, selector: ({ at }) => at })
  .map((list) => list.sort((a, b) => a.at - b.at));

const limit = fc.oneof({ arbitrary: fc.constant(Number.POSITIVE_INFINITY), weight: 2 }, fc.nat(24));
const every = fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.integer({ min: 2, max: 9 }));

export const worldScript: fc.Arbitrary<WorldScript> = fc.record({
  target: fc.oneof(
    { arbitrary: fc.nat(40), weight: 8 },
    { arbitrary: fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32 + 3), weight: 1 },
  ),
  targetStatus: mostly0(8),
  nosleepOk: limit,
  sleepOk: limit,
  lock: refusals,
  unlock: refusals,
  start: mostly0(3),
  guestId: mostly0(3),
  totalPages: fc.oneof(
    { arbitrary: fc.constant(1 << 20), weight: 12 },
    { arbitrary: fc.constantFrom(2 ** 32 - 1, 2 ** 32), weight: 1 },
  ),
  largeEvery: every,
  movedEvery: every,
});

const pieces = fc.oneof(
  fc.constant([Number.POSITIVE_INFINITY]),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
);

/** A life of the driver, cycle by cycle. */
export const cycles: fc.Arbitrary<readonly Cycle[]> = fc.array(
  fc.record({ script: worldScript, pieces, rates: fc.option(smallRates, { nil: undefined, freq: 8 }) }),
  { minLength: 1, maxLength: 12 },
);
