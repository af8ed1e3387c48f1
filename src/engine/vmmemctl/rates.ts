/**
 * The constants of the driver: how many pages a cycle may take or release, and how these numbers change. In the
 * reference driver they are compiled in; here they are parameters.
 */
import type { ParamDraws, ParamRanges, RangeProblem } from "../balloon-policy.ts";
import { ParamError, type ParamSpec, validateParams } from "../params.ts";
import type { Pages, PagesPerCycle } from "../units.ts";

/** All constants of the policy. Every value is a whole number of the unit that `RATE_FIELDS` gives. */
export type Rates = {
  /** The limit of pages that a cycle takes by allocations that may not sleep; a full cycle takes one page more. */
  readonly nosleepAllocMax: PagesPerCycle;
  /** Lowest rate of sleeping allocations, in pages a cycle. */
  readonly allocMin: PagesPerCycle;
  /** Highest rate of sleeping allocations, also the initial one, in pages a cycle. */
  readonly allocMax: PagesPerCycle;
  /** Increment of that rate after a cycle that reached its goal, for each full rate that it allocated. */
  readonly allocInc: PagesPerCycle;
  /** Lowest rate of releases, in pages a cycle. */
  readonly freeMin: PagesPerCycle;
  /** Highest rate of releases, also the initial one, in pages a cycle. */
  readonly freeMax: PagesPerCycle;
  /** Increment of that rate after a cycle of releases without an error. */
  readonly freeInc: PagesPerCycle;
  /** How many cycles, this one included, are slow after an allocation that may not sleep has failed. */
  readonly slowCycles: number;
  /** Allocations of a cycle before it yields the processor, less one. */
  readonly yieldThreshold: number;
  /** The number of refused pages that ends an inflating cycle. */
  readonly maxRefused: Pages;
};

/** The description of one constant: its names, its default, its range, its meaning. */
export interface RateField {
  readonly key: keyof Rates;
  /** Its name on the command line: `--set alloc-max=4096`. */
  readonly flag: string;
  /** Its name in the driver's source, without `VMW_BALLOON_`. */
  readonly constant: string;
  /** The value in the reference driver, 1.2.1.2-k. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly meaning: string;
}

const U32_MAX = 0xffff_ffff;

const field = (
  key: keyof Rates,
  flag: string,
  constant: string,
  value: number,
  min: number,
  unit: string,
  meaning: string,
): RateField => ({ key, flag, constant, value, min, max: U32_MAX, unit, meaning });

/** The constants in the order of the driver's source. Values: VMware balloon driver for Linux, 1.2.1.2-k. */
export const RATE_FIELDS: readonly RateField[] = [
  field(
    "nosleepAllocMax",
    "nosleep-alloc-max",
    "NOSLEEP_ALLOC_MAX",
    16384,
    0,
    "pages/cycle",
    "Limit of a cycle while the guest has free memory: it allocates without sleeping, and takes one page more than this.",
  ),
  field(
    "allocMin",
    "alloc-min",
    "RATE_ALLOC_MIN",
    512,
    1,
    "pages/cycle",
    "Under pressure: the lowest rate of sleeping allocations. A failed one halves the rate down to this.",
  ),
  field(
    "allocMax",
    "alloc-max",
    "RATE_ALLOC_MAX",
    2048,
    1,
    "pages/cycle",
    "Under pressure: the highest rate of sleeping allocations, and the one the driver starts with.",
  ),
  field(
    "allocInc",
    "alloc-inc",
    "RATE_ALLOC_INC",
    16,
    0,
    "pages/cycle",
    "Growth of that rate after a cycle that met no failure, times the full rates that the cycle allocated.",
  ),
  field(
    "freeMin",
    "free-min",
    "RATE_FREE_MIN",
    512,
    1,
    "pages/cycle",
    "The lowest rate of releases. An error of the host while unlocking halves the rate down to this.",
  ),
  field(
    "freeMax",
    "free-max",
    "RATE_FREE_MAX",
    16384,
    1,
    "pages/cycle",
    "The highest rate of releases, and the one the driver starts with.",
  ),
  field(
    "freeInc",
    "free-inc",
    "RATE_FREE_INC",
    16,
    0,
    "pages/cycle",
    "Growth of that rate after a cycle without error.",
  ),
  field(
    "slowCycles",
    "slow-cycles",
    "SLOW_CYCLES",
    4,
    0,
    "cycles",
    "After a non-sleeping allocation fails, this cycle and the next ones, this many in all, keep to the sleeping rate.",
  ),
  field(
    "yieldThreshold",
    "yield-threshold",
    "YIELD_THRESHOLD",
    1024,
    0,
    "pages",
    "An inflating cycle offers the processor to others each time it has taken this many pages and one.",
  ),
  field(
    "maxRefused",
    "max-refused",
    "MAX_REFUSED",
    16,
    0,
    "pages",
    "This many pages refused by the host end an inflating cycle (0 counts as 1).",
  ),
];

/** The constants of the reference driver. */
export const DEFAULT_RATES: Rates = Object.freeze(
  Object.fromEntries(RATE_FIELDS.map((f) => [f.key, f.value])) as unknown as Rates,
);

/** A constant has an invalid value; `key` names the constant. */
export { ParamError as RateError };

/**
 * Bounds between parameters, and what `tune` searches: from well below to well above the driver's value, up to 1 GiB/s.
 */
const BOUNDS: { readonly [K in keyof Rates]?: Pick<ParamSpec, "atMost" | "search"> } = {
  nosleepAllocMax: { search: [1024, 262_144] },
  allocMin: { search: [16, 16_384], atMost: "allocMax" },
  allocMax: { search: [64, 65_536] },
  allocInc: { search: [1, 4096] },
  freeMin: { search: [16, 16_384], atMost: "freeMax" },
  freeMax: { search: [1024, 262_144] },
  freeInc: { search: [1, 4096] },
  slowCycles: { search: [0, 64] },
  // `yieldThreshold` moves no page.
  maxRefused: { search: [1, 1024] },
};

/** The constants as parameters of a policy. */
export const RATE_PARAMS: readonly ParamSpec[] = RATE_FIELDS.map(
  ({ key, flag, constant, value, min, max, unit, meaning }) => ({
    ...{ key, name: flag, symbol: constant, default: value, min, max, unit, meaning },
    ...BOUNDS[key],
  }),
);

/**
 * Checks that rates are valid: whole numbers of 32 bits, at least 1 if the policy divides by them or needs them as a
 * minimum, and no minimum above its maximum.
 * @throws {ParamError} naming the first wrong constant, its value and its valid values
 */
export function validateRates(rates: Rates): void {
  validateParams(RATE_PARAMS, rates);
}

const nameOf = (key: keyof Rates): string => RATE_PARAMS.find((spec) => spec.key === key)?.name ?? key;

/** Why a search must not use these ranges: no rate may exceed 32 bits, for the driver would divide by the truncated value. */
export function rangeProblem({ lowest, highest }: ParamRanges): RangeProblem | null {
  // A cycle that reaches its goal without sleeping adds the increment for each full sleeping rate.
  const factor = Math.max(1, Math.floor(highest("nosleepAllocMax") / lowest("allocMin")));
  for (const [max, inc, times] of [
    ["allocMax", "allocInc", factor],
    ["freeMax", "freeInc", 1],
  ] as const) {
    if (highest(max) + times * highest(inc) <= U32_MAX) continue;
    const limit = Math.max(0, Math.floor((U32_MAX - highest(max)) / times));
    return {
      keys: [inc, max],
      message:
        `${nameOf(inc)} may be ${highest(inc)}, which overflows the driver's 32-bit rate where ${nameOf(max)} may be ` +
        `${highest(max)}: expected at most ${limit}`,
    };
  }
  return null;
}

/**
 * Random values for `fuzz`, as `BalloonPolicy.draw`.
 * @param memoryPages with a lower rate of releases, emptying a balloon of this size would take too many cycles
 */
export function drawRates(draws: ParamDraws, isTiny: boolean, memoryPages: number): Rates {
  const least = Math.max(1, Math.ceil(memoryPages / 500));
  if (isTiny) {
    const allocMin = draws.whole(1, 4);
    return {
      nosleepAllocMax: draws.whole(0, 8),
      allocMin,
      allocMax: allocMin + draws.whole(0, 8),
      allocInc: draws.whole(0, 4),
      freeMin: least,
      freeMax: least + draws.whole(0, 8),
      freeInc: draws.whole(0, 4),
      slowCycles: draws.whole(0, 5),
      yieldThreshold: draws.whole(0, 4),
      maxRefused: draws.whole(0, 4),
    };
  }
  const allocMin = draws.size(1, 1 << 16);
  const freeMin = Math.max(least, draws.size(1, 1 << 16));
  return {
    nosleepAllocMax: draws.size(1, 1 << 20),
    allocMin,
    allocMax: draws.size(allocMin, 1 << 20),
    allocInc: draws.size(1, 1 << 12),
    freeMin,
    freeMax: draws.size(freeMin, 1 << 21),
    freeInc: draws.size(1, 1 << 12),
    slowCycles: draws.whole(0, 20),
    yieldThreshold: draws.size(1, 1 << 20),
    maxRefused: draws.whole(0, 64),
  };
}
