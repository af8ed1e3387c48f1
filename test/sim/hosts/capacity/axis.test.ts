import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryAxis, vmsAxis } from "../../../../src/sim/hosts/capacity/axis.ts";
import type { Point } from "../../../../src/sim/hosts/capacity/point.ts";
import type { HostScenario } from "../../../../src/sim/hosts/scenario/types.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const MIB = 256;
const GIB = 1024 * MIB;
const VM = vmOf("vm", "spike");

/** A host with so many copies of each of some VMs. */
const hostWith = (memory: number, counts: Readonly<Record<string, number>>, reservation = 0): HostScenario =>
  hostOf(
    "none",
    memory,
    Object.entries(counts).flatMap(([group, count]) =>
      Array.from({ length: count }, (_, i) => ({
        ...VM,
        name: `${group}-${i + 1}`,
        group,
        reservation,
        overhead: 64 * MIB,
      })),
    ),
    { reserved: GIB },
  );

const memories = (points: readonly Point[]): number[] =>
  points.map((point) => (point.over === "memory" ? point.memory : Number.NaN));
const countsOf = (points: readonly Point[]): Readonly<Record<string, number>>[] =>
  points.map((point) => (point.over === "vms" ? point.counts : {}));

test("sizes are multiples of the step, from what VMs need in any case to more than what all of them have", () => {
  const { points, step } = memoryAxis(hostWith(8 * GIB, { a: 3 }, GIB), { pages: 512 * MIB });
  const sizes = memories(points);
  expect(step).toBe(512 * MIB);
  // 1 GiB of the host's own, 3 times 1 GiB and 64 MiB.
  expect(sizes[0]).toBe(4.5 * GIB);
  // 1.35 times 1 GiB and 3 times 4 GiB and 64 MiB: 17.8 GiB.
  expect(sizes.at(-1)).toBe(18 * GIB);
  expect(new Set(sizes.slice(1).map((size, i) => size - (sizes[i] as number)))).toEqual(new Set([512 * MIB]));
});

test("a step in per cent is one of the memory of all VMs, in a round size", () => {
  expect(memoryAxis(hostWith(8 * GIB, { a: 3 }), { percent: 2 }).step).toBe(256 * MIB);
  expect(() => memoryAxis(hostWith(8 * GIB, { a: 3 }), { pages: 1 })).toThrow(/^--step 4KiB: makes \d+ points/);
  expect(() => memoryAxis(hostWith(8 * GIB, { a: 3 }), { vms: 2 })).toThrow(/^--step: expected a size/);
});

test("numbers of VMs grow in proportion: no VM is ever lost, and the file's numbers are among them", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (numbers) => {
      const counts = Object.fromEntries(numbers.map((n, i) => [`g${i}`, n]));
      const all = countsOf(vmsAxis(hostWith(1000 * GIB, counts), null, { vms: 1 }).points).reverse();
      const sums = all.map((one) => Object.values(one).reduce((a, b) => a + b, 0));
      expect(sums.slice(0, 20)).toEqual(sums.slice(0, 20).map((_, i) => i + 1));
      const total = numbers.reduce((a, b) => a + b, 0);
      expect(all[total - 1]).toEqual(counts);
      for (let i = 1; i < Math.min(all.length, 60); i++) {
        for (const [group, count] of Object.entries(all[i] as object)) {
          expect(count).toBeGreaterThanOrEqual(all[i - 1]?.[group] as number);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test("a VM of which the file has few comes when half of its share is due", () => {
  const all = countsOf(vmsAxis(hostWith(1000 * GIB, { a: 1, b: 4 }), null, { vms: 1 }).points).reverse();
  expect(all.slice(0, 5)).toEqual([
    { a: 0, b: 1 },
    { a: 0, b: 2 },
    { a: 1, b: 2 },
    { a: 1, b: 3 },
    { a: 1, b: 4 },
  ]);
});

test("the most VMs have four times the host's memory, or what fits of their reservations", () => {
  const most = (host: HostScenario): number => countsOf(vmsAxis(host, "a", { vms: 1 }).points)[0]?.a as number;
  // 4 GiB each: 8 and the other VM have 32 GiB and 4 GiB.
  expect(most(hostWith(9 * GIB, { a: 1, b: 1 }))).toBe(8);
  // 1 GiB and 64 MiB each beside 1 GiB of the host's own.
  expect(most(hostWith(9 * GIB, { a: 1, b: 1 }, GIB))).toBe(6);
  expect(countsOf(vmsAxis(hostWith(9 * GIB, { a: 1, b: 1 }), "a", { vms: 2 }).points).at(-1)).toEqual({ a: 0, b: 1 });
  expect(() => vmsAxis(hostWith(9 * GIB, { web: 1 }), "wbe", { vms: 1 })).toThrow(/did you mean "web"\?/);
});

test("a step that leaves fewer than three points is refused", () => {
  const host = hostWith(8 * GIB, { a: 3 }, GIB);
  const range = "the range from 4.19GiB to 17.8GiB";
  for (const [pages, points] of [
    [100 * GIB, "1 point"],
    [10 * GIB, "2 points"],
  ] as const)
    expect(() => memoryAxis(host, { pages })).toThrow(
      `--step ${pages / GIB}GiB: makes ${points} of ${range}, expected at least 3: take a smaller step`,
    );
  expect(memoryAxis(host, { pages: 6 * GIB }).points).toHaveLength(3);
  const of = "the numbers of VMs that the host has room for";
  expect(() => vmsAxis(host, null, { vms: 1000 })).toThrow(`--step 1000: makes 1 point of ${of}, expected at least 3`);
  expect(() => vmsAxis(host, "a", { vms: 4 })).toThrow(`--step 4: makes 2 points of ${of}, expected at least 3`);
  expect(vmsAxis(host, "a", { vms: 3 }).points).toHaveLength(3);
  // A smaller step than one VM does not exist.
  expect(vmsAxis(hostWith(4 * GIB, { a: 2 }, 2 * GIB), null, { vms: 1 }).points).toHaveLength(1);
});

test("an axis says why it ends", () => {
  expect(memoryAxis(hostWith(8 * GIB, { a: 3 }, GIB), { percent: 2 }).limit).toBe("reservations");
  const bare = hostOf("none", GIB, [{ ...VM, reservation: 0, overhead: 0 }], { reserved: 0 });
  expect(memoryAxis(bare, { percent: 2 }).limit).toBe("no memory");
  expect(vmsAxis(hostWith(8 * GIB, { a: 3 }, GIB), null, { vms: 1 }).limit).toBe("reservations");
  expect(vmsAxis(hostWith(8 * GIB, { a: 3 }), null, { vms: 1 }).limit).toBe("overcommit");
});
