import { describe, expect, it } from "vitest";
import { RamWatch } from "../../../src/sim/import/moving-ram.ts";
import { Sample } from "../../../src/sim/import/reader.ts";
import { column } from "../../../src/sim/import/vocabulary.ts";

const KIB_PER_PAGE = 4;
const COLUMNS = [
  column("memTotal", "MemTotal", "KiB"),
  column("free", "MemFree", "KiB"),
  column("balloonSize", "balloon", "pages"),
];

/** Samples of total and free memory in KiB, and what the balloon is said to hold in pages. */
function watch(samples: readonly (readonly [total: number, free: number, balloon: number])[]) {
  const ram = new RamWatch(COLUMNS);
  const machine = { index: 0, id: "a", name: null, columns: COLUMNS };
  for (const values of samples) {
    const sample = new Sample();
    sample.begin(machine, 0);
    sample.values.set(values);
    ram.observe(sample);
  }
  const result = ram.result();
  const balloons = samples.map((values) => {
    const settled = Float64Array.from(values);
    result?.settle(settled);
    return settled[2];
  });
  return { result, balloons };
}

describe("RAM that changes, and the balloon", () => {
  const NONE = Number.NaN;

  it("is left alone where it stays, and has the balloon in it", () => {
    expect(watch([[4_000_000, 1_000_000, NONE]]).result).toBeNull();
    // VMware's driver: the balloon grows, and MemTotal does not change, whatever one sample of several instants says.
    const grows: [number, number, number][] = [
      [4_000_000, 3_000_000, 0],
      [4_000_000, 2_000_000, 600_000],
      [4_000_000, 100_000, 700_000],
    ];
    expect(watch(grows).result).toBeNull();
    expect(watch([[4_000_000, 1_000_000, 500_000]]).result).toBeNull();
    // Some MiB come and go while a kernel starts.
    expect(
      watch([
        [4_000_000, 1, NONE],
        [4_004_000, 1, NONE],
      ]).result,
    ).toBeNull();
  });

  it("is the most that there was, and what is missing is the balloon's", () => {
    const { result, balloons } = watch([
      [4_000_000, 1, NONE],
      [1_000_000, 1, NONE],
      [2_000_000, 1, NONE],
    ]);
    expect(result?.pages).toBe(1_000_000);
    expect(balloons).toEqual([0, 3_000_000, 2_000_000].map((kib) => kib / KIB_PER_PAGE));
    expect(result?.balloon).toEqual({ min: 0, max: 750_000 });
  });

  it("lacks a balloon that grows as it falls, and one that it has no room for", () => {
    const falls = watch([
      [3_000_000, 1, 250_000],
      [2_000_000, 1, 500_000],
    ]);
    expect([falls.result?.pages, falls.balloons]).toEqual([1_000_000, [250_000, 500_000]]);
    const full = watch([
      [2_000_000, 800_000, 500_000],
      [2_000_000, 700_000, 500_000],
    ]);
    expect([full.result?.pages, full.balloons]).toEqual([1_000_000, [500_000, 500_000]]);
  });

  it("has a balloon in it that does not grow as memory is added: that is what was missing, too", () => {
    const added = watch([
      [4_000_000, 1, 10_000],
      [8_000_000, 1, 10_000],
    ]);
    expect([added.result?.pages, added.balloons]).toEqual([2_000_000, [1_010_000, 10_000]]);
  });
});
