import { describe, expect, it } from "vitest";
import { SYSSTAT_COLUMNS } from "../../../../src/sim/import/formats/sysstat-columns.ts";
import { SysstatRam } from "../../../../src/sim/import/formats/sysstat-ram.ts";
import { Sample } from "../../../../src/sim/import/reader.ts";

const machine = { index: 0, id: "a", name: null, columns: SYSSTAT_COLUMNS };

/** What samples, by the titles of sar, show of the RAM. */
function ramOf(samples: readonly Readonly<Record<string, number>>[]) {
  const ram = new SysstatRam();
  for (const values of samples) {
    const sample = new Sample();
    sample.begin(machine, 0);
    for (const [field, value] of Object.entries(values)) {
      sample.values[SYSSTAT_COLUMNS.findIndex((column) => column.field === field)] = value;
    }
    ram.observe(sample);
  }
  return ram;
}
const kib = (ram: SysstatRam) => (ram.result()?.pages ?? Number.NaN) * 4;

describe("RAM that sysstat shows", () => {
  it("is the sum of all where all sums stay the same, and each is what the percents allow", () => {
    // Of 1 % of 10,000,000 KiB to two decimals, half a per cent more or less: all sums are within that.
    const sample = {
      kbmemused: 100_000,
      "%memused": 1,
      kbmemfree: 9_880_000,
      kbbuffers: 1000,
      kbcached: 15_000,
      kbslab: 4000,
      // What is available is less than what is not used.
      kbavail: 9_870_000,
    };
    expect(kib(ramOf([sample, sample]))).toBe(10_000_000);
  });

  it("is what is used and what is available, where that stays the same", () => {
    const at = (used: number, free: number) => ({
      kbmemused: used,
      "%memused": used / 10_000,
      kbavail: 1_000_000 - used,
      kbmemfree: free,
      kbbuffers: 1000,
      kbcached: 20_000,
    });
    const ram = ramOf([at(200_000, 700_000), at(300_000, 610_000)]);
    expect(kib(ram)).toBe(1_000_000);
    expect(ram.result()?.evidence).toContain("kbmemused + kbavail is the same in all 2 samples");
  });

  it("is not shown where percents leave too much, but its limits are", () => {
    const at = (decimals: number) => ({
      kbmemused: 364_000,
      "%memused": 4,
      kbmemfree: 6_000_000,
      kbbuffers: 50_000,
      kbcached: 2_200_000,
      "decimals of %memused": decimals,
    });
    // What is used and free, with buffers and cache, is the least.
    const whole = ramOf([at(0)]);
    expect([whole.result(), whole.doubt()]).toEqual([null, "%memused with no decimals leaves 8.21GiB to 9.92GiB"]);
    expect(Math.abs(kib(ramOf([at(2)])) - 9_100_000)).toBeLessThan(15_000);
  });
});
