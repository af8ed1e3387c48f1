import { describe, expect, it, test } from "vitest";
import { defaultFloor } from "../../../src/common/balloon-limits.ts";
import { Activity } from "../../../src/sim/guest/pressure.ts";
import { Slot } from "../../../src/sim/time/slots.ts";
import type { HostRule } from "../../../src/sim/trace/types.ts";
import { eachCycle, simulate, traceOf } from "../../support/in-process/curves.ts";
import { describePorts, type RefusedCommand } from "../../support/suites/ports.ts";
import { guestRig } from "../../support/worlds/guest-rig.ts";

const S = 1_000_000;
const MEMORY = 20_000;
const FLOOR = defaultFloor(MEMORY);
/** Watermarks: min 100, low 125, high 150. */
const MIN_FREE = 100;
const LOW = 125;
const HIGH = 150;
const guest = { memory: MEMORY, minFree: MIN_FREE, profile: "balloon-hw" };

const refusal = (command: "lock" | "unlock", refused: RefusedCommand | undefined): HostRule[] => {
  if (refused === undefined) return [];
  const { at, status } = refused;
  const untilUs = Number.POSITIVE_INFINITY;
  return [{ command, fromUs: 0, untilUs, count: 1, every: at + 1, fraction: 1, status, path: "$" }];
};

describePorts("a simulated guest with a daemon's balloon, and its host", ({ pages, target, lock, unlock }) =>
  guestRig(
    { ...guest, kernelMemory: MEMORY - HIGH - FLOOR - pages },
    { target, rules: [...refusal("lock", lock), ...refusal("unlock", unlock)] },
  ),
);

describe("a daemon's balloon", () => {
  it("leaves its floor available, sleeping or not, and counts page cache that could be dropped as available", async () => {
    for (const canSleep of [false, true]) {
      const rig = guestRig({ ...guest, kernelMemory: MEMORY - HIGH - FLOOR - 300 });
      const [first] = await rig.ask((reply) => rig.allocator.allocate(1000, canSleep, reply));
      expect(first?.[0]).toBe(300);
      expect(await rig.ask((reply) => rig.allocator.allocate(1000, canSleep, reply))).toEqual([[0, 1]]);
    }
    const files = [{ name: "files", fileSet: 1000 }];
    const rig = guestRig({ ...guest, kernelMemory: MEMORY - HIGH - FLOOR - 1000 }, { workloads: files });
    // Of the 1000 pages of files those count that are above the low watermark.
    expect(await rig.ask((reply) => rig.allocator.allocate(2000, false, reply))).toEqual([[1000 - LOW, 1]]);
    // Of few pages of files one half counts.
    const few = [{ name: "files", fileSet: 100 }];
    const little = guestRig({ ...guest, kernelMemory: MEMORY - HIGH - FLOOR - 1000 }, { workloads: few });
    expect(await little.ask((reply) => little.allocator.allocate(2000, false, reply))).toEqual([[950, 1]]);
  });

  it("takes the time of its pages, and of the one that it fails to allocate", async () => {
    const costs = { alloc: "1us" };
    const rig = guestRig({ ...guest, costs, kernelMemory: MEMORY - HIGH - FLOOR - 300 });
    await rig.ask((reply) => rig.allocator.allocate(200, false, reply));
    expect(rig.workNs).toBe(200_000);
    await rig.ask((reply) => rig.allocator.allocate(1000, false, reply));
    expect(rig.workNs).toBe(101_000);
  });

  it("may sleep with a limit of 0 while there is no pressure at all", async () => {
    const rig = guestRig({ ...guest, psiLimit: 0 });
    expect(await rig.ask((reply) => rig.allocator.allocate(10, true, reply))).toEqual([[10, 0]]);
  });

  it("keeps the floor and the limit of pressure that the trace gives it", async () => {
    const rig = guestRig({ ...guest, floor: 5000, psiLimit: 25, kernelMemory: MEMORY - HIGH - 5300 });
    rig.guest.pressure.set(Slot.Kswapd, Activity.Stalled, 0);
    rig.guest.pressure.set(Slot.Kswapd, Activity.Idle, 2 * S);
    rig.timeline.at(Slot.Trace, 2 * S);
    rig.timeline.next();
    expect(await rig.ask((reply) => rig.allocator.allocate(200, true, reply))).toEqual([[200, 0]]);
    expect(await rig.ask((reply) => rig.allocator.allocate(200, false, reply))).toEqual([[100, 1]]);
  });

  it("keeps above the low watermark without sleeping, and a margin for what its pages cost", async () => {
    const files = [{ name: "files", fileSet: 15_000 }];
    // 3000 free pages above low, and page cache enough for the floor.
    const rig = guestRig({ ...guest, kernelMemory: MEMORY - 15_000 - LOW - 3000 }, { workloads: files });
    const margin = 64 + Math.floor(3000 / 128);
    const got = await rig.ask((reply) => rig.allocator.allocate(4000, false, reply));
    expect(got).toEqual([[3000 - margin, 1]]);
    expect(rig.guest.memory.scanKswapd).toBe(0);
  });

  it("reclaims when it may sleep, looks again after 512 pages, and stops at its floor", async () => {
    const files = [{ name: "files", fileSet: 15_000 }];
    const rig = guestRig({ ...guest, kernelMemory: MEMORY - 15_000 - LOW }, { workloads: files });
    let got = 0;
    for (;;) {
      const [run = [0, 1]] = await rig.ask((reply) => rig.allocator.allocate(9000, true, reply));
      expect(run[0]).toBeLessThanOrEqual(512);
      got += run[0];
      if (run[1] === 1) break;
    }
    const { free, file, balloon } = rig.guest.memory;
    expect(balloon).toBe(got);
    expect(free - HIGH + file - Math.min(file / 2, LOW)).toBeLessThan(FLOOR + 1);
    expect(rig.guest.memory.scanDirect + rig.guest.memory.scanKswapd).toBeGreaterThan(0);
    expect(rig.guest.memory.oomKills).toBe(0);
  });

  it("does not sleep under full pressure, until that is some seconds ago", async () => {
    const rig = guestRig(guest);
    const { pressure } = rig.guest;
    pressure.set(Slot.Kswapd, Activity.Stalled, 0);
    pressure.set(Slot.Kswapd, Activity.Idle, 2 * S);
    expect(Math.round(pressure.fullPercent(2 * S))).toBe(18);
    const allocate = (atUs: number, canSleep: boolean) => {
      rig.timeline.at(Slot.Trace, atUs);
      while (rig.timeline.nowUs < atUs) rig.timeline.next();
      return rig.ask((reply) => rig.allocator.allocate(10, canSleep, reply));
    };
    expect(await allocate(3 * S, true)).toEqual([[0, 1]]);
    expect(await allocate(3 * S, false)).toEqual([[10, 0]]);
    // 18 % become 12 % after two periods, and 10 % after three.
    expect(await allocate(5 * S, true)).toEqual([[0, 1]]);
    expect(await allocate(9 * S, true)).toEqual([[10, 0]]);
  });
});

const host = { target: [[0, 0] as const, [3, 60_000] as const, [30, 5000] as const] };

test("a daemon's balloon in plentiful memory is the kernel's, cycle by cycle", () => {
  const curve = (profile: string) =>
    eachCycle(
      traceOf(40, { guest: { memory: "4GiB", profile, hz: 1000 }, host }),
      ({ balloon: { state: engine } }) => ({ ...engine }),
    );
  const daemon = curve("balloon-hw");
  expect(daemon).toEqual(curve("linux-6.1"));
  expect(daemon.some(({ size }) => size === 60_000)).toBe(true);
});

test("a daemon's balloon never reaches a target beyond the floor, without a kill, and its rate falls to the minimum", () => {
  const workloads = [{ name: "work", anon: "400MiB", workingSet: "100MiB", touch: "50MiB/s", fileSet: "200MiB" }];
  const beyond = { target: [[0, 0] as const, [3, 262_144] as const] };
  const run = (profile: string) =>
    simulate(traceOf(300, { guest: { memory: "1GiB", profile }, workloads, host: beyond }));
  const {
    balloon: { state: engine },
    guest: view,
  } = run("balloon-hw");
  expect(engine.rateAlloc).toBe(512);
  expect(engine.sleepAllocFail).toBeGreaterThan(100);
  expect(view.oomKills).toBe(0);
  expect(view.free - view.watermarkHigh + view.cache).toBeGreaterThanOrEqual(defaultFloor(262_144));
  // The kernel's driver takes what it can get, and a workload is killed for it.
  expect(run("linux-6.1").guest.oomKills).toBeGreaterThan(0);
});
