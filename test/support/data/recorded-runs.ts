/**
 * How far a simulated run may be off the recorded one of the same name, at the worst of all seconds: pages in the balloon,
 * free and anonymous pages, seconds of PSI some. A slow cycle moves 2,049 pages, so a stall that ends a second sooner or
 * later makes as much of a difference.
 */
export const RECORDED_RUNS = [
  { name: "static-swap", size: 4300, free: 2700, anon: 7300, some: 1.1 },
  { name: "oom-noswap", size: 500, free: 700, anon: 50, some: 0 },
  { name: "spike-swap", size: 0, free: 12_500, anon: 16_000, some: 1.7 },
  { name: "cache", size: 550, free: 4200, anon: 30, some: 0.2 },
  { name: "cache-reread-swap", size: 6200, free: 5000, anon: 10_000, some: 2.6 },
  { name: "refusals-resets", size: 0, free: 400, anon: 150, some: 0 },
] as const;
