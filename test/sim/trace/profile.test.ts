import { describe, expect, it } from "vitest";
import { MACHINES } from "../../../src/sim/trace/all-machines.ts";
import {
  balloonCosts,
  lruOf,
  missingFeatures,
  type Profile,
  profileOf,
  timerOf,
} from "../../../src/sim/trace/profile.ts";
import type { MachineProfile, ThpMode } from "../../../src/sim/trace/types.ts";

const profile = (name: string, machine: MachineProfile | null = null): Profile => profileOf({ profile: name, machine });

describe("the profiles that traces name", () => {
  it("stand for their kernel, their machine and their kind of balloon", () => {
    const numbers = (name: string) => {
      const p = profile(name);
      const { allocNs, freeNs, faultNs } = balloonCosts(p);
      const { hz, isWheel } = timerOf({ hz: null }, p);
      return [p.kernel.pageblock, hz, isWheel, p.machine.cpus, p.machine.swapQueue.plugPages, allocNs, freeNs, faultNs];
    };
    expect(numbers("linux-6.1")).toEqual([512, 250, true, 2, 32, 250, 100, 600]);
    expect(numbers("linux-6.12")).toEqual(numbers("linux-6.1"));
    expect(numbers("linux-2.6.32")).toEqual([512, 250, false, 2, 32, 250, 100, 600]);
    expect(numbers("balloon-hw")).toEqual([512, 1000, false, 2, 32, 1000, 150, 600]);
    expect(numbers("lab")).toEqual([1024, 100, true, 1, 992, 2000, 500, 23_000]);
  });

  it("have the same rules for Linux 6.1 and 6.12, but for the generations of the multi-generational LRU", () => {
    const { name, generations, ...rules } = profile("linux-6.12").kernel;
    expect([name, generations]).toEqual(["linux-6.12", "6.12"]);
    expect(profile("linux-6.1").kernel).toMatchObject(rules);
    expect(profile("linux-6.1").kernel.generations).toBe("6.1");
  });

  it("have the classic LRU unless the trace says otherwise, and only kernels since 6.1 another one", () => {
    const lru = (name: string, given: "classic" | "mglru" | null) => lruOf({ lru: given }, profile(name));
    expect(["linux-6.1", "linux-6.12", "linux-2.6.32", "lab"].map((name) => lru(name, null))).toEqual(
      new Array(4).fill("classic"),
    );
    expect([lru("linux-6.1", "mglru"), lru("linux-2.6.32", "classic")]).toEqual(["mglru", "classic"]);
  });

  it("tell what of a guest their kernels do not have, and which profiles have it", () => {
    const missing = (name: string, lru: "mglru" | null, thp: ThpMode) =>
      missingFeatures({ profile: name, lru, thp }).map(({ field, message }) => `${field}: ${message}`);
    const huge = 'expected "never", or a profile that has: linux-6.1, linux-6.12, balloon-hw';
    expect(missing("lab", null, "always")).toEqual([`thp: lab has no transparent huge pages: ${huge}`]);
    expect(missing("linux-2.6.32", "mglru", "madvise")).toEqual([
      'lru: linux-2.6.32 has no multi-generational LRU: expected "classic", or a profile that has: linux-6.1, linux-6.12, balloon-hw, lab',
      `thp: linux-2.6.32 has no transparent huge pages: ${huge}`,
    ]);
    expect([missing("lab", "mglru", "never"), missing("balloon-hw", "mglru", "always")]).toEqual([[], []]);
  });

  it("keep kernel and balloon on another machine", () => {
    const lab = MACHINES.get("lab") as MachineProfile;
    const daemon = profile("balloon-hw", lab);
    expect([daemon.kernel.name, daemon.machine.name, daemon.balloon]).toEqual(["linux-6.1", "lab", "daemon"]);
    // A daemon's timer is no kernel timer, and the lab has no costs of a daemon.
    expect(timerOf({ hz: null }, daemon)).toEqual({ hz: 1000, isWheel: false });
    expect(balloonCosts(daemon)).toEqual(lab.costs);
    expect(timerOf({ hz: null }, profile("linux-6.1", lab))).toEqual({ hz: 100, isWheel: true });
    expect(timerOf({ hz: 300 }, profile("linux-6.1", lab)).hz).toBe(300);
  });
});
