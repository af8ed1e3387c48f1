import { describe, expect, it, test } from "vitest";
import { FreeMemory, processorLot } from "../../../src/sim/guest/free-memory.ts";
import { LINUX_6_1 } from "../../../src/sim/trace/kernel-profile.ts";

test("a processor's list takes 63 pages at once in guests from 1 GiB, fewer in smaller ones", () => {
  const sizes = [1, 4096, 16_384, 65_536, 131_072, 262_144, 16_777_216];
  expect(sizes.map(processorLot)).toEqual([1, 1, 3, 15, 31, 63, 63]);
});

describe("pages taken one by one", () => {
  const memory = (free: number): FreeMemory => {
    const all = new FreeMemory(262_144, LINUX_6_1, { min: 1000, low: 1250, high: 1500 }, "never");
    all.free = free;
    return all;
  };
  const take = (free: number, count: number): [number, number] => {
    const from = memory(free);
    const got = from.takeLots(count);
    return [got, from.free];
  };

  it("come in lots, each while more than `min` are free", () => {
    expect(take(1001, 200)).toEqual([63, 938]);
    expect(take(1063, 200)).toEqual([63, 1000]);
    expect(take(1064, 200)).toEqual([126, 938]);
  });

  it("are none at `min` or below, and never more than asked for", () => {
    expect(take(1000, 200)).toEqual([0, 1000]);
    expect(take(900, 1)).toEqual([0, 900]);
    expect(take(1001, 5)).toEqual([5, 996]);
    expect(take(5000, 200)).toEqual([200, 4800]);
  });

  it("stay above the boosted `min`", () => {
    const from = memory(1500);
    from.watermarks.raise();
    expect(from.watermarks.min).toBe(1512);
    expect(from.takeLots(10)).toBe(0);
  });
});
