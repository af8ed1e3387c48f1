import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundTicksRelative } from "../../src/engine/index.ts";

/**
 * The kernel's rule as it is written there, on unsigned numbers of 64 bits: round the time to come, skewed by three ticks a
 * processor, down to a whole second if it is less than a quarter past it, else up; keep the original if that is not after now.
 */
function kernelRounds(delta: bigint, jiffies: bigint, hz: bigint, cpu: bigint): bigint {
  let j = delta + jiffies;
  const original = j;
  j += cpu * 3n;
  const rem = j % hz;
  if (rem < hz / 4n) j = j - rem;
  else j = j - rem + hz;
  j -= cpu * 3n;
  return (j > jiffies ? j : original) - jiffies;
}

/** CONFIG_HZ as Linux has it on any architecture. */
const HZS = [24, 32, 48, 64, 100, 128, 200, 250, 256, 300, 500, 512, 1000, 1024, 1200];

describe("roundTicksRelative", () => {
  it.each(HZS)("is the kernel's rule for every tick of a second and every processor, HZ = %d", (hz) => {
    const cpus = [0, 1, 2, 3, 7, 8, 21, 63, 83, 127, 341, 4095];
    const wrong: string[] = [];
    for (const cpu of cpus) {
      for (let now = 7 * hz; now < 8 * hz; now++) {
        const ticks = roundTicksRelative(hz, now, hz, cpu);
        if (BigInt(ticks) !== kernelRounds(BigInt(hz), BigInt(now), BigInt(hz), BigInt(cpu))) {
          wrong.push(`now ${now} cpu ${cpu}: ${ticks}`);
        }
        // One second, rounded by less than three quarters of one upwards and less than a quarter downwards.
        if (ticks <= hz - Math.floor(hz / 4) || ticks > 2 * hz - Math.floor(hz / 4)) wrong.push(`${ticks} ticks`);
        if ((now + ticks + 3 * cpu) % hz !== 0) wrong.push(`now ${now} cpu ${cpu}: no whole second`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("is the kernel's rule for other timeouts too, at any time", () => {
    const input = fc.record({
      delta: fc.nat(5000),
      now: fc.oneof(fc.nat(10_000), fc.nat({ max: 2 ** 45 })),
      hz: fc.oneof(fc.constantFrom(...HZS), fc.integer({ min: 4, max: 2000 })),
      cpu: fc.nat(4096),
    });
    fc.assert(
      fc.property(input, ({ delta, now, hz, cpu }) => {
        const [d, n, h, c] = [delta, now, hz, cpu].map(BigInt) as [bigint, bigint, bigint, bigint];
        expect(BigInt(roundTicksRelative(delta, now, hz, cpu))).toBe(kernelRounds(d, n, h, c));
      }),
      { numRuns: 5000 },
    );
  });

  it("costs a cycle of a quarter of a second or more the next whole second", () => {
    const nextTick = (took: number) => 5000 + took + roundTicksRelative(1000, 5000 + took, 1000, 0);
    expect([0, 1, 249, 250, 251, 1249, 1250].map(nextTick)).toEqual([6000, 6000, 6000, 7000, 7000, 7000, 8000]);
  });

  it("leaves a timeout as it is where rounding would put it into the past, or now", () => {
    expect(roundTicksRelative(10, 1000, 1000, 0)).toBe(10);
    expect(roundTicksRelative(0, 1000, 1000, 0)).toBe(0);
    expect(roundTicksRelative(1, 999, 1000, 0)).toBe(1);
    expect(roundTicksRelative(1, 998, 1000, 0)).toBe(2);
  });
});
