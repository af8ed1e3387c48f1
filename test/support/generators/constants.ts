import { DEFAULT_RATES, type Rates } from "../../../src/engine/index.ts";
import type { Random } from "./random.ts";

const U32_MAX = 0xffff_ffff;

/** Sets of constants that are worth a proof, by name. */
export const CONSTANT_SETS: Readonly<Record<string, Rates>> = {
  defaults: DEFAULT_RATES,
  "the least of everything": {
    nosleepAllocMax: 0,
    allocMin: 1,
    allocMax: 3,
    allocInc: 1,
    freeMin: 1,
    freeMax: 2,
    freeInc: 1,
    slowCycles: 1,
    yieldThreshold: 0,
    maxRefused: 1,
  },
  small: {
    nosleepAllocMax: 10,
    allocMin: 2,
    allocMax: 9,
    allocInc: 2,
    freeMin: 2,
    freeMax: 7,
    freeInc: 3,
    slowCycles: 2,
    yieldThreshold: 3,
    maxRefused: 3,
  },
  "sleeping rate above the other": {
    nosleepAllocMax: 5,
    allocMin: 4,
    allocMax: 64,
    allocInc: 7,
    freeMin: 3,
    freeMax: 50,
    freeInc: 11,
    slowCycles: 3,
    yieldThreshold: 10,
    maxRefused: 2,
  },
  "rates that never change": {
    nosleepAllocMax: 100,
    allocMin: 10,
    allocMax: 10,
    allocInc: 0,
    freeMin: 20,
    freeMax: 20,
    freeInc: 0,
    slowCycles: 0,
    yieldThreshold: 1,
    maxRefused: 0,
  },
  "increments that overflow": {
    nosleepAllocMax: 40,
    allocMin: 3,
    allocMax: 30,
    allocInc: U32_MAX,
    freeMin: 3,
    freeMax: 30,
    freeInc: U32_MAX - 4,
    slowCycles: 4,
    yieldThreshold: 5,
    maxRefused: 4,
  },
  "rates that overflow to zero": {
    nosleepAllocMax: 20,
    allocMin: 4,
    allocMax: 8,
    allocInc: 2 ** 32 - 8,
    freeMin: 2,
    freeMax: 16,
    freeInc: 2 ** 32 - 8,
    slowCycles: 2,
    yieldThreshold: 2,
    maxRefused: 5,
  },
  "the most of everything": {
    nosleepAllocMax: U32_MAX,
    allocMin: 1,
    allocMax: U32_MAX,
    allocInc: U32_MAX,
    freeMin: 1,
    freeMax: U32_MAX,
    freeInc: U32_MAX,
    slowCycles: U32_MAX,
    yieldThreshold: U32_MAX,
    maxRefused: U32_MAX,
  },
  "minimums near 32 bits": {
    nosleepAllocMax: 50,
    allocMin: U32_MAX - 1,
    allocMax: U32_MAX,
    allocInc: 1,
    freeMin: U32_MAX,
    freeMax: U32_MAX,
    freeInc: 1,
    slowCycles: 1,
    yieldThreshold: 7,
    maxRefused: 17,
  },
};

/** Any constants that can be run, small ones mostly. */
export function randomConstants(random: Random): Rates {
  const upTo = (max: number) => Math.floor(random() * random() * max);
  const allocMin = 1 + upTo(300);
  const freeMin = 1 + upTo(300);
  return {
    nosleepAllocMax: upTo(2000),
    allocMin,
    allocMax: allocMin + upTo(500),
    allocInc: upTo(64),
    freeMin,
    freeMax: freeMin + upTo(1000),
    freeInc: upTo(64),
    slowCycles: upTo(12),
    yieldThreshold: upTo(300),
    maxRefused: upTo(40),
  };
}
