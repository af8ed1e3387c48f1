import { expect, test } from "vitest";
import { simulate, traceOf } from "../../support/in-process/curves.ts";

const RESERVE = 958;

/** Free pages when the driver can't take any more of a guest without swap and page cache, and the least in the run. */
function freeOf(profile: string, lowmemReserve: number): { last: number; least: number } {
  const guest = { profile, memory: "1GiB", minFree: "4MiB", lowmemReserve };
  const workloads = [{ name: "app", anon: "300MiB" }];
  let least = Number.POSITIVE_INFINITY;
  const cycle = ({ guest: { free } }: { guest: { free: number } }) => {
    least = Math.min(least, free);
  };
  const { free } = simulate(traceOf(60, { guest, workloads, host: { target: "1GiB" } }), { cycle }).guest;
  return { last: free, least };
}

test.each(["linux-6.1", "linux-2.6.32"])(
  "in %s the balloon leaves the reserve of lower zones free, beyond the watermarks",
  (profile) => {
    const without = freeOf(profile, 0);
    const withReserve = freeOf(profile, RESERVE);
    expect(withReserve.last - without.last).toBe(RESERVE);
    expect(withReserve.least - without.least).toBe(RESERVE);
  },
);
