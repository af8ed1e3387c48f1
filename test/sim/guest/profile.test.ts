import { describe, expect, it } from "vitest";
import { balloonCosts, type Profile, profileOf, timerOf } from "../../../src/sim/guest/profile.ts";
import { MACHINES } from "../../../src/sim/trace/all-machines.ts";
import type { MachineProfile } from "../../../src/sim/trace/types.ts";

const profile = (name: string, machine: MachineProfile | null = null): Profile => profileOf({ profile: name, machine });

describe("the profiles that traces name", () => {
  it("stand for the numbers that they stood for before machines were files", () => {
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
    expect(numbers("lab")).toEqual([1024, 100, true, 1, 992, 2000, 500, 21_000]);
  });

  it("have the same rules for Linux 6.1 and 6.12", () => {
    const { name, ...rules } = profile("linux-6.12").kernel;
    expect(name).toBe("linux-6.12");
    expect(profile("linux-6.1").kernel).toMatchObject(rules);
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
