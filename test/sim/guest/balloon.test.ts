import { describe, expect, it } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { Custody, type Reply } from "../../../src/engine/index.ts";
import { Slot } from "../../../src/sim/time/slots.ts";
import type { HostRule } from "../../../src/sim/trace/types.ts";
import { describePorts, type RefusedCommand } from "../../support/suites/ports.ts";
import { type GuestRig, guestRig } from "../../support/worlds/guest-rig.ts";

const ignored: Reply = () => undefined;

/** A rule that refuses the `at`-th command of its kind. */
const refusal = (command: "lock" | "unlock", refused: RefusedCommand | undefined): HostRule[] =>
  refused === undefined
    ? []
    : [
        {
          command,
          fromUs: 0,
          untilUs: Number.POSITIVE_INFINITY,
          count: 1,
          every: refused.at + 1,
          fraction: 1,
          status: refused.status,
          path: "$",
        },
      ];

const MIN_FREE = 40;
/** So few pages that the kernel never boosts its watermarks. */
const KERNEL = 1000;
describePorts("a simulated guest and its host", ({ pages, target, lock, unlock }) =>
  guestRig(
    { memory: KERNEL + pages + MIN_FREE, kernelMemory: KERNEL, minFree: MIN_FREE, profile: "linux-6.1" },
    { target, rules: [...refusal("lock", lock), ...refusal("unlock", unlock)] },
  ),
);

/** Allocates without sleeping, the rest of what there is; returns how many pages there were. */
const takeAll = ({ allocator, ask, guest }: GuestRig): number =>
  ask((reply) => allocator.allocate(guest.memory.total, false, reply))[0]?.[0] ?? -1;

describe("BalloonPages", () => {
  it("reaches down to min without sleeping, or to three quarters of it in old kernels", () => {
    const modern = guestRig({ memory: 10_000, minFree: 400, profile: "linux-6.1" });
    expect(takeAll(modern)).toBe(9600);
    const old = guestRig({ memory: 10_000, minFree: 400, profile: "linux-2.6.32" });
    expect(takeAll(old)).toBe(9700);
  });

  it("leaves min to others when it may sleep, and fails when no workload is left to kill", () => {
    const rig = guestRig({ memory: 10_000, minFree: 400, profile: "linux-2.6.32" });
    expect(rig.ask((reply) => rig.allocator.allocate(10_000, true, reply))).toEqual([[9600, 1]]);
    expect(rig.ask((reply) => rig.allocator.allocate(1, true, reply))).toEqual([[0, 1]]);
    expect(rig.guest.memory.oomKills).toBe(0);
  });

  it("wakes kswapd without sleeping in old kernels alone", () => {
    const cache = [{ name: "files", fileSet: 4000 }];
    const scanned = (profile: string) => {
      const rig = guestRig({ memory: 10_000, minFree: 400, profile }, { workloads: cache });
      // Down to a few pages above min: below the low watermark.
      const [answer] = rig.ask((reply) => rig.allocator.allocate(rig.guest.memory.free - 420, false, reply));
      expect(answer?.[1]).toBe(0);
      rig.runUntil(rig.timeline.nowUs + 5_000_000);
      return rig.guest.memory.scanKswapd;
    };
    expect(scanned("linux-6.1")).toBe(0);
    expect(scanned("linux-2.6.32")).toBeGreaterThan(0);
  });

  it("wakes kswapd in old kernels at the low watermark, not above it", () => {
    const woken = (above: number) => {
      const rig = guestRig({ memory: 10_000, minFree: 400, profile: "linux-2.6.32" });
      const { memory } = rig.guest;
      rig.ask((reply) => rig.allocator.allocate(memory.free - memory.watermarks.low - above, false, reply));
      return !rig.guest.pressure.isQuiet;
    };
    expect([woken(1), woken(0)]).toEqual([false, true]);
  });

  it("wakes kswapd when it sleeps for pages, which then works up to the high watermark", () => {
    const rig = guestRig({ memory: 10_000, minFree: 400 }, { workloads: [{ name: "files", fileSet: 4000 }] });
    const { memory } = rig.guest;
    rig.ask((reply) => rig.allocator.allocate(memory.free - 410, true, reply));
    rig.runUntil(rig.timeline.nowUs + 5_000_000);
    expect(memory.free).toBeGreaterThanOrEqual(memory.watermarks.high);
    expect(memory.stealKswapd).toBe(4000 - memory.file);
    expect(memory.stealDirect).toBe(0);
  });

  it("has a workload killed when reclaim finds nothing, and then gets its pages", () => {
    const rig = guestRig({ memory: 10_000, minFree: 400 }, { workloads: [{ name: "hog", anon: 6000 }] });
    const { memory } = rig.guest;
    let got = 0;
    for (let failed = 0; failed === 0 && got < 8000; ) {
      const [answer] = rig.ask((reply) => rig.allocator.allocate(8000 - got, true, reply));
      got += answer?.[0] ?? 0;
      failed = answer?.[1] ?? 1;
    }
    expect([got, memory.oomKills, memory.anon]).toEqual([8000, 1, 0]);
  });

  it("ends the run when a page is freed that the host has locked", () => {
    const rig = guestRig({ memory: 10_000 });
    rig.ask((reply) => rig.allocator.allocate(20, false, reply));
    rig.ask((reply) => rig.hypervisor.lock(20, reply));
    rig.timeline.at(Slot.Trace, 1_500_000);
    rig.timeline.next();
    expect(() => rig.allocator.free(20, Custody.Balloon, ignored)).toThrow(
      new RunError("at 1.5 s the guest violated the balloon protocol: frame 1 was freed while it was locked"),
    );
  });

  it("frees pages of the custody that it is told", () => {
    const rig = guestRig({ memory: 10_000 });
    const { memory } = rig.guest;
    const { frames } = rig;
    const before = memory.free;
    rig.ask((reply) => rig.allocator.allocate(20, false, reply));
    rig.ask((reply) => rig.hypervisor.lock(15, reply));
    rig.ask((reply) => rig.hypervisor.unlock(4, reply));
    expect([memory.balloon, frames.balloon.frames, memory.free]).toEqual([20, 11, before - 20]);
    rig.ask((reply) => rig.allocator.free(5, Custody.Rest, reply));
    expect([memory.balloon, frames.spare.frames, memory.free]).toEqual([15, 0, before - 15]);
    rig.ask((reply) => rig.allocator.free(4, Custody.Unlocked, reply));
    expect([memory.balloon, frames.unlocked.frames, memory.free]).toEqual([11, 0, before - 11]);
  });
});
