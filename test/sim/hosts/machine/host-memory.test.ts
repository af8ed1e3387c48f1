import fc from "fast-check";
import { expect, test } from "vitest";
import { HostMemory } from "../../../../src/sim/hosts/machine/host-memory.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const GIB = 2 ** 18;
const READ_NS = 100_000;
const QUANTUM_US = 50_000;
const memoryOf = () => {
  const vms = ["a", "b", "c", "d"].map((name) => vmOf(name, "steady"));
  return new HostMemory(hostOf("none", 4 * GIB, vms, { swap: { size: GIB, readNs: READ_NS, writeNs: 50_000 } }));
};

/** Reads in a quantum of so many threads that do nothing but wait for one page after the other. */
const readsOf = (threads: number, memory: HostMemory): number =>
  Math.round((threads * QUANTUM_US * 1000) / memory.readNs);

test("the waits of threads that only wait for the swap add up to its device's time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), (threads) => {
      const memory = memoryOf();
      for (let quantum = 0; quantum < 400; quantum++) memory.noteDevice(readsOf(threads, memory), 0, QUANTUM_US);
      expect(memory.contention / threads).toBeCloseTo(1, 1);
    }),
  );
});

test("contention ends when the device has nothing to do, and the host is quiet again", () => {
  const memory = memoryOf();
  for (let quantum = 0; quantum < 50; quantum++) memory.noteDevice(readsOf(20, memory), 0, QUANTUM_US);
  expect([memory.contention > 5, memory.isQuiet]).toEqual([true, false]);
  for (let quantum = 0; quantum < 200; quantum++) memory.noteDevice(0, 0, QUANTUM_US);
  expect([memory.contention, memory.isQuiet]).toEqual([1, true]);
});

test("no page is granted twice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(GIB), fc.integer({ min: -1000, max: GIB })), { minLength: 4, maxLength: 4 }),
      fc.nat(1000),
      (vms, kept) => {
        const memory = memoryOf();
        vms.forEach(([backed, growth], vm) => {
          Object.assign(memory.vms[vm] as object, { isOn: true, backed, growth });
        });
        const grants = memory.grants([0, 1, 2, 3], kept);
        expect(grants.reduce((sum, pages) => sum + pages, 0)).toBeLessThanOrEqual(Math.max(0, memory.free - kept));
        expect(grants.every((pages) => pages >= 0)).toBe(true);
      },
    ),
  );
});
