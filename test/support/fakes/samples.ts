import type { Sample } from "../../../src/sim/shadow/sample.ts";

/** A sample of a shadow, taken at a second, of a guest of 250,000 pages whose balloon is at its target, and which neither swaps nor stalls. */
export const sampleAt = (second: number, more: Partial<Sample> = {}): Sample => ({
  timeUs: second * 1e6,
  wallMs: second * 1000,
  target: 5000,
  size: 5000,
  memory: 250_000,
  free: 100_000,
  anon: 50_000,
  files: 20_000,
  swapCached: 0,
  swapTotal: 100_000,
  swapUsed: 0,
  minFree: 1000,
  swapOut: 0,
  swapIn: 0,
  someUs: 0,
  fullUs: 0,
  oomKills: 0,
  ...more,
});
