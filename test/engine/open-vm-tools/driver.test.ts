import { describe, expect, it } from "vitest";
import { type BalloonEvents, OPEN_VM_TOOLS } from "../../../src/engine/index.ts";
import { BatchPorts, OneTimer } from "../../support/worlds/batch-ports.ts";
import { type BatchScript, BatchWorld, CALM } from "../../support/worlds/batch-world.ts";

/** A driver that is not loaded yet. */
function driverIn(script: Partial<BatchScript>, system = 0, events: BalloonEvents = {}) {
  const world = new BatchWorld({ ...CALM, ...script });
  const ports = new BatchPorts(world);
  const clock = new OneTimer();
  const own = { ...OPEN_VM_TOOLS.defaults, system };
  const driver = OPEN_VM_TOOLS.create(own, { clock, cpu: 3, allocator: ports, hypervisor: ports, events });
  return { world, ports, clock, driver };
}

describe("a driver of open-vm-tools", () => {
  it("works first a second after loading on FreeBSD, and at once on the other systems", () => {
    const bsd = driverIn({ targets: [5] });
    bsd.driver.load();
    expect([bsd.world.commands.length, bsd.clock.due, bsd.driver.view.isLoaded]).toEqual([0, 1250, false]);
    bsd.clock.next();
    expect([bsd.driver.view.size, bsd.driver.view.isLoaded, bsd.clock.due]).toEqual([5, true, 1500]);
    for (const system of [1, 2]) {
      const other = driverIn({ targets: [5] }, system);
      other.driver.load();
      expect([other.driver.view.size >= 5, other.clock.due]).toEqual([true, 1250]);
    }
  });

  it("works a second after the end of a cycle that took its time", () => {
    const { driver, ports, clock } = driverIn({ targets: [5] }, 1);
    const late: (() => void)[] = [];
    ports.deliver = (answer) => late.push(answer);
    driver.load();
    while (late.length > 0) {
      clock.pass(10);
      (late.shift() as () => void)();
    }
    // START, GUEST_ID, RAM, GET_TARGET, and five times a page and a LOCK.
    expect([driver.view.size, clock.due]).toEqual([5, 1000 + 140 + 250]);
  });

  it("shows what it waits for, and is unloaded at the end of the cycle", () => {
    const { driver, ports, clock, world } = driverIn({ targets: [5] });
    driver.load();
    const late: (() => void)[] = [];
    ports.deliver = (answer) => late.push(answer);
    clock.next();
    expect(driver.view.waitsFor).toBe("START");
    driver.exit();
    const seen = new Set<string | null>();
    while (late.length > 0) {
      seen.add(driver.view.waitsFor);
      (late.shift() as () => void)();
    }
    expect([...seen]).toEqual(["START", "GUEST_ID", "total pages", "GET_TARGET", "pages", "LOCK or UNLOCK", "free"]);
    expect(world.commands.at(-1)).toBe("start 6");
    expect([driver.view.size, world.held, driver.view.waitsFor, clock.due]).toEqual([0, 0, null, null]);
    driver.cycle();
    driver.exit();
    expect(world.commands.at(-1)).toBe("start 6");
  });

  it("may be unloaded by the listener of its cycles", () => {
    const made = driverIn({ targets: [5] }, 1, { cycleEnds: () => made.driver.exit() });
    made.driver.load();
    expect([made.driver.view.size, made.world.held, made.clock.due]).toEqual([0, 0, null]);
    const early = driverIn({ targets: [5] }, 1, { cycleBegins: () => early.driver.exit() });
    early.driver.load();
    expect(early.world.commands).toEqual(["start 2"]);
  });

  it("has the pages of 2 MiB that a balloon of earlier can have, for what its system asks for", () => {
    const sizes = [0, 1, 2].map((system) => {
      const { driver } = driverIn({}, system);
      driver.resume(5000, 0x2e);
      const { size, large, target, isLoaded } = driver.view;
      expect([driver.violated(), driver.isSteady, size, target, isLoaded]).toEqual([null, true, 5000, 5000, true]);
      return [large, driver.state.capabilities];
    });
    expect(sizes).toEqual([
      [0, 6],
      [0, 2],
      [9 * 512, 14],
    ]);
  });

  it("notices that its invariants do not hold", () => {
    const broken = (change: Record<string, number>) => {
      const { driver } = driverIn({}, 2);
      driver.resume(5000, 0x2e);
      Object.assign(driver.state, change);
      return driver.violated();
    };
    expect(broken({})).toBeNull();
    expect(broken({ small: -1 })).toBe("the balloon has -1 pages of 4 KiB and 9 of 2 MiB");
    expect(broken({ counted: 4999 })).toBe("the driver counts 4999 pages of a balloon of 5000");
    expect(broken({ rateAlloc: 2049 })).toBe("the allocation rate is 2049");
    expect(broken({ rateFree: 511 })).toBe("the release rate is 511");
    expect(broken({ slow: 5 })).toBe("5 cycles are to be slow");
    expect(broken({ largeKept: 1 })).toBe("between cycles the driver holds 512 refused pages");
    expect(broken({ alloc: 1 })).toMatch(/^of 1 pages allocated 0 were freed and 0 refused/);
  });
});
