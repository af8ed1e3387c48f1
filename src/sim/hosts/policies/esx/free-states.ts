import type { Bytes } from "../../../../common/units.ts";

/** States of a host by its free memory, from the least on. */
export const FREE_STATES = ["low", "hard", "soft", "clear", "high"] as const;
export type FreeState = (typeof FREE_STATES)[number];

const GIB = 2 ** 30;

/** Parts of a host's memory, from the first byte on, and the fraction of each that is to be free. */
const MIN_FREE_PARTS = [
  { upTo: 4 * GIB, fraction: 0.06 },
  { upTo: 12 * GIB, fraction: 0.04 },
  { upTo: 28 * GIB, fraction: 0.02 },
  { upTo: Number.POSITIVE_INFINITY, fraction: 0.01 },
];

/** `minFree` of a host of a size: what ESX wants to have free. */
export function minFree(memory: Bytes): Bytes {
  let sum = 0;
  let from = 0;
  for (const { upTo, fraction } of MIN_FREE_PARTS) {
    sum += Math.max(0, Math.min(memory, upTo) - from) * fraction;
    from = upTo;
  }
  return Math.trunc(sum);
}

/** Below which multiples of `minFree` a host enters a state. */
export interface Thresholds {
  readonly clear: number;
  readonly soft: number;
  readonly hard: number;
  readonly low: number;
  /** A state is left at its threshold times one plus this. */
  readonly hysteresis: number;
}

/**
 * The state of a host, which depends on the one before: more free memory is needed to leave a state than to enter it.
 * @param free free memory, as a multiple of `minFree`
 * @param before null: none
 */
export function freeState(free: number, thresholds: Thresholds, before: FreeState | null): FreeState {
  const entered = FREE_STATES.find((state) => state === "high" || free < thresholds[state]) as FreeState;
  if (before === null) return entered;
  const held = FREE_STATES.find(
    (state) => state === "high" || free < thresholds[state] * (1 + thresholds.hysteresis),
  ) as FreeState;
  const level = (state: FreeState): number => FREE_STATES.indexOf(state);
  // Down at once; up no further than where it may leave, and not down again on the way up.
  if (level(entered) <= level(before)) return entered;
  return level(held) > level(before) ? held : before;
}

/**
 * Between which amounts of free memory a host stays in a state, as multiples of `minFree`: it leaves the state with less than
 * `below`, or with `above` or more. Undefined where no further state is in that direction.
 */
export function stateBounds(state: FreeState, thresholds: Thresholds): { below?: number; above?: number } {
  const lower = FREE_STATES[FREE_STATES.indexOf(state) - 1];
  return {
    ...(lower === undefined || lower === "high" ? {} : { below: thresholds[lower] }),
    ...(state === "high" ? {} : { above: thresholds[state] * (1 + thresholds.hysteresis) }),
  };
}
