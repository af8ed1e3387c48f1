import { describe, expect, it, test } from "vitest";
import { Capability, DriverFault, GuestCrash, Status } from "../../../src/engine/index.ts";
import { OpenVmToolsMachine } from "../../../src/engine/open-vm-tools/machine.ts";
import { OPEN_VM_TOOLS_DEFAULTS } from "../../../src/engine/open-vm-tools/params.ts";
import {
  ALL,
  answers,
  FREEBSD,
  LINUX,
  OpenVmToolsLife as Life,
  SOLARIS,
} from "../../support/worlds/open-vm-tools-life.ts";

// The driver in numbers that can be checked by hand against the text of modules/shared/vmmemctl/vmballoon.c.

const { Success, Reset, Busy } = Status;

describe("a reset", () => {
  it.each([
    ["FreeBSD", FREEBSD, ["start 6", "guest 2"], { capabilities: 6, batchMax: 512 }],
    ["Solaris", SOLARIS, ["start 2", "guest 5"], { capabilities: 2, batchMax: 1 }],
    ["Linux", LINUX, ["start 14", "guest 1"], { capabilities: 14, batchMax: 512 }],
  ])("asks on %s for what that system has, and goes on with a cycle", (_, system, commands, state) => {
    const life = new Life({ system });
    expect(life.world.commands).toEqual([...commands, "target 1048576"]);
    expect(life.state).toMatchObject({ ...state, resetRequired: 0, timer: 1, start: 1, guestType: 1, targetCount: 1 });
  });

  it("uses commands for single pages where the host answers START with plain SUCCESS", () => {
    const life = new Life({}, { capabilities: Capability.Basic });
    expect(life.cycle({ targets: [3] })).toEqual(["target 1048576", "2 1", "2 1", "2 1"]);
    expect(life.ports.asked).toEqual(["4k 1", "4k 1", "4k 1"]);
  });

  it("is tried again each cycle while START fails, and the target is asked for", () => {
    const life = new Life({}, { capabilities: null });
    expect(life.cycle({ targets: [0] })).toEqual(["start 6", "target 1048576"]);
    expect(life.state).toMatchObject({ resetRequired: 1, start: 2, startFail: 2, guestType: 0 });
    expect(life.cycle({ capabilities: ALL, targets: [5] })).toEqual(["start 6", "guest 2", "target 1048576", "6 5"]);
  });

  it("crashes the guest if a host that refuses START names a target", () => {
    const life = new Life({}, { capabilities: null });
    expect(() => life.cycle({ targets: [1] })).toThrow(GuestCrash);
    // Without a page there is nothing to tell.
    const poor = new Life({}, { capabilities: null });
    expect(poor.cycle({ targets: [1], small: 0 })).toEqual(["start 6", "target 1048576"]);
  });

  it("goes on with single commands after a START that failed, but not with batches, whose page it has freed", () => {
    for (const [capabilities, crashes] of [
      [Capability.Basic, false],
      [ALL, true],
    ] as const) {
      const life = new Life({}, { capabilities });
      life.cycle({ targets: [2], command: answers(Reset) });
      const next = () => life.cycle({ capabilities: null, targets: [2] });
      if (crashes) expect(next).toThrow("null pointer");
      else expect(next()).toEqual(["start 6", "target 1048576", "2 1", "2 1"]);
    }
  });

  it("frees all pages without UNLOCK, in the cycle after the host has demanded it", () => {
    const life = new Life({ system: LINUX });
    life.cycle({ targets: [513], large: 1 });
    expect(life.state).toMatchObject({ small: 1, large: 1, counted: 513 });
    expect(life.cycle({ command: answers(Reset) })).toEqual(["target 1048576"]);
    expect(life.state).toMatchObject({ small: 1, large: 1, resetRequired: 1, targetFail: 1 });
    expect(life.cycle({ targets: [0] })).toEqual(["start 14", "guest 1", "target 1048576"]);
    expect(life.state).toMatchObject({ small: 0, large: 0, free: 1, largeFree: 1, unlock: 0, largeUnlock: 0 });
  });

  it("takes 1 from the count for each page of 2 MiB, so that 511 stay in it for ever", () => {
    const life = new Life({ system: LINUX });
    life.cycle({ targets: [3 * 512] });
    life.cycle({ command: answers(Reset) });
    life.cycle({ targets: [3 * 511] });
    expect(life.state).toMatchObject({ counted: 3 * 511, small: 0, large: 0 });
    expect(life.machine.isSteady).toBe(true);
    // It believes in 1,533 pages: one of 2 MiB is all that it takes for a target of 2,000.
    expect(life.cycle({ targets: [2000] })).toEqual(["target 1048576", "8 1"]);
    expect(life.state).toMatchObject({ counted: 3 * 511 + 512, large: 1 });
    // An empty balloon is as empty as it can be.
    for (let i = 0; i < 2; i++) life.cycle({ targets: [0] });
    expect(life.state).toMatchObject({ counted: 3 * 511, large: 0 });
    expect(life.machine.isSteady).toBe(true);
  });

  it("locks no page of 2 MiB as one of 4 KiB silently: a host without batches must not grant such pages", () => {
    const life = new Life({ system: LINUX }, { capabilities: Capability.Basic | Capability.Batched2m });
    expect(() => life.cycle({ targets: [1] })).toThrow(GuestCrash);
    expect(() => life.cycle({ targets: [1] })).toThrow(RangeError);
  });
});

describe("the target", () => {
  it("is asked for with the lower 32 bits of the guest's RAM", () => {
    const life = new Life({}, { totalPages: 2 ** 33 + 5 });
    expect(life.world.commands.at(-1)).toBe("target 5");
  });

  it("is cut off at 32 bits, without the capability that the driver never asks for", () => {
    const life = new Life();
    life.cycle({ targets: [2 ** 35], small: 0 });
    expect(life.state.target).toBe(2 ** 32 - 1);
  });

  it("is refreshed in mid-loop by commands that are full, but not as the driver shows it", () => {
    const life = new Life();
    // 2000 pages are wanted when the cycle begins; after the first batch only 600.
    expect(life.cycle({ targets: [2000, 600] })).toEqual(["target 1048576", "6 512", "6 88"]);
    expect(life.state).toMatchObject({ small: 600, target: 2000 });
    // The same upwards: 1500 more, then 2000 more.
    expect(life.cycle({ targets: [2100, 2600] })).toEqual(["target 1048576", "6 512", "6 512", "6 512", "6 464"]);
    expect(life.state).toMatchObject({ small: 2600, target: 2100 });
    // A deflation follows it, too, within the pages of a size.
    expect(life.cycle({ targets: [100, 2000] })).toEqual(["target 1048576", "7 512", "7 88"]);
    expect(life.state).toMatchObject({ small: 2000, target: 100 });
  });

  it("is left alone by commands that fail", () => {
    const life = new Life();
    expect(life.cycle({ targets: [2000, 600], command: answers(Success, Busy) })).toHaveLength(2);
    expect(life.state).toMatchObject({ small: 0, target: 2000, lock: 1, lockFail: 1 });
  });
});

describe("inflation", () => {
  it("takes exactly its rate, 16,384 pages a cycle", () => {
    const life = new Life();
    life.cycle({ targets: [100_000] });
    expect(life.state).toMatchObject({ small: 16_384, alloc: 16_384, lock: 32, rateAlloc: 2048 });
  });

  it("counts a page of 2 MiB as one: 32 GiB a cycle", () => {
    const life = new Life({ system: LINUX });
    life.cycle({ targets: [40_000 * 512] });
    expect(life.state).toMatchObject({ large: 16_384, small: 0, largeAlloc: 16_384, largeLock: 32, lock: 0 });
  });

  it("takes pages of 2 MiB first, rounded up, then of 4 KiB, without a slow cycle for that", () => {
    const life = new Life({ system: LINUX });
    expect(life.cycle({ targets: [600 * 512 + 1] })).toEqual(["target 1048576", "8 512", "8 89"]);
    expect(life.state).toMatchObject({ large: 601, small: 0, largeAllocFail: 0 });
    // 5 more are free: they go before the pages of 4 KiB.
    const commands = life.cycle({ targets: [601 * 512 + 4000], large: 5 });
    expect(commands).toEqual(["target 1048576", "8 5", "6 512", "6 512", "6 416"]);
    expect(life.ports.asked).toEqual(["2M 8", "4k 512", "4k 512", "4k 416"]);
    expect(life.state).toMatchObject({ large: 606, small: 1440, largeAlloc: 607, largeAllocFail: 1, slow: 0 });
  });

  it("refreshes the target by the command before the pages of 4 KiB, and follows them even if it failed", () => {
    const life = new Life({ system: LINUX });
    expect(life.cycle({ targets: [4000, 1600], large: 3 })).toEqual(["target 1048576", "8 3", "6 64"]);
    const other = new Life({ system: LINUX });
    expect(other.cycle({ targets: [1000], large: 1, command: answers(Success, Busy) })).toEqual([
      ...["target 1048576", "8 1", "6 512", "6 488"],
    ]);
    expect(other.state).toMatchObject({ large: 0, small: 1000, largeLockFail: 1 });
  });

  it("goes on asleep after the first failure without sleep, within the sleeping rate, and slows down", () => {
    const life = new Life();
    const commands = life.cycle({ targets: [10_000], small: 700, sleeping: 5000 });
    // 700 at once, one failure, and 1348 more up to the rate of 2048.
    expect(commands).toEqual(["target 1048576", "6 512", "6 512", "6 512", "6 512"]);
    expect(life.ports.asked).toEqual(["4k 512", "4k 512", "round 324", "round 512", "round 512"]);
    expect(life.state).toMatchObject({ alloc: 701, allocFail: 1, sleepAlloc: 1348, sleepAllocFail: 0, slow: 4 });
  });

  it.each([
    ["FreeBSD, in one round", FREEBSD, "round 10"],
    ["Solaris, until there are pages", SOLARIS, "sleep 1"],
    ["Linux, until there are pages", LINUX, "sleep 10"],
  ])("sleeps as the system does: %s", (_, system, asked) => {
    const life = new Life({ system });
    life.cycle({ targets: [10], small: 0, large: 0, sleeping: 10 });
    expect(life.ports.asked).toContain(asked);
    expect(life.machine.size).toBe(10);
  });

  it("has three slow cycles after that, at the sleeping rate also without sleep", () => {
    const life = new Life();
    life.cycle({ targets: [100_000], small: 3000 });
    // The cycle already has more than 2048 pages: it ends at the failure.
    expect(life.state).toMatchObject({ small: 3000, slow: 4, alloc: 3001, sleepAlloc: 0, rateAlloc: 2048 });
    const sizes = [0, 1, 2, 3].map(() => {
      life.cycle({ targets: [100_000] });
      return [life.machine.size, life.state.slow];
    });
    expect(sizes).toEqual([
      [5048, 3],
      [7096, 2],
      [9144, 1],
      [9144 + 16_384, 0],
    ]);
  });

  it("uses up a slow cycle even if the command for the target fails", () => {
    const life = new Life();
    life.cycle({ targets: [100_000], small: 3000 });
    life.cycle({ command: answers(Busy) });
    expect(life.state).toMatchObject({ slow: 3, targetFail: 1 });
  });

  it("halves its rate when a sleeping allocation fails, down to 512, and offers what it has", () => {
    const life = new Life();
    const rates = [0, 1, 2, 3].map(() => {
      expect(life.cycle({ targets: [10_000], small: 3, sleeping: 2 })).toEqual(["target 1048576", "6 5"]);
      return life.state.rateAlloc;
    });
    expect(rates).toEqual([1024, 512, 512, 512]);
    expect(life.state).toMatchObject({ small: 20, sleepAllocFail: 4 });
  });

  it("raises its rate by 16 for each full rate of a cycle without failure", () => {
    const life = new Life();
    for (let i = 0; i < 2; i++) life.cycle({ targets: [10_000], small: 3, sleeping: 2 });
    expect(life.state).toMatchObject({ rateAlloc: 512, slow: 4 });
    // Three slow cycles of 512, 528 and 544 pages, then fast ones: 16,384 are 29 rates of 560.
    const rates = [0, 1, 2, 3, 4].map(() => {
      life.cycle({ targets: [100_000] });
      return life.state.rateAlloc;
    });
    expect(rates).toEqual([528, 544, 560, 560 + 29 * 16, 560 + 29 * 16 + 16 * 16]);
    // Not for less than a rate.
    life.cycle({ targets: [life.machine.size + 1000] });
    expect(life.state.rateAlloc).toBe(1280);
  });

  it("raises it after a failure, too, if a full command has succeeded since", () => {
    const since = (sleeping: number) => {
      const life = new Life({ allocMin: 100, allocMax: 4096 });
      life.state.rateAlloc = 1024;
      life.cycle({ targets: [10_000], small: 100, sleeping });
      return life.state;
    };
    // 100 and 924 pages are two full commands, the second one at the end.
    expect(since(5000)).toMatchObject({ rateAlloc: 1040, lock: 2, small: 1024 });
    const life = new Life({ allocMin: 100, allocMax: 4096, batchPages: 400 });
    life.state.rateAlloc = 1024;
    // Of 400, 400, and 224: the failure comes after the two full ones.
    life.cycle({ targets: [10_000], small: 900, sleeping: 5000 });
    expect(life.state).toMatchObject({ rateAlloc: 1024, lock: 3, small: 1024 });
  });

  it("looks at no status of a command with room for more pages", () => {
    const life = new Life({ allocMin: 10, allocMax: 10 });
    life.cycle({ targets: [100], command: answers(Success, Busy) });
    expect(life.state).toMatchObject({ small: 0, lockFail: 1, alloc: 100 });
    expect(life.world.held).toBe(0);
    const rising = new Life({ allocMin: 10, allocMax: 100 });
    rising.state.rateAlloc = 10;
    rising.cycle({ targets: [20], command: answers(Success, Busy) });
    expect(rising.state.rateAlloc).toBe(10 + 2 * 16);
  });

  it("divides by a rate that has overflowed to 0", () => {
    const life = new Life({ allocInc: 2 ** 29, allocMin: 1, allocMax: 2 ** 29 });
    life.state.rateAlloc = 2 ** 11;
    // 8 rates in a cycle: 8 * 2^29 are 2^32, and 2^11 remain; at a rate of 0 nothing remains of any growth.
    life.cycle({ targets: [16_384] });
    expect(life.state.rateAlloc).toBe(2 ** 11);
    life.state.rateAlloc = 0;
    expect(() => life.cycle({ targets: [40_000] })).toThrow(DriverFault);
  });
});

describe("unloading", () => {
  it("sends START with the driver's capabilities, and frees everything", () => {
    const life = new Life({ system: LINUX });
    life.cycle({ targets: [700], large: 1 });
    expect(life.exit()).toEqual(["start 14"]);
    expect([life.machine.size, life.world.held]).toEqual([0, 0]);
    expect(() => life.cycle()).toThrow("cycle: the driver is not loaded, or busy");
  });
});

test("skipped cycles count as cycles that ask for the target", () => {
  const life = new Life();
  life.cycle({ targets: [100] });
  const before = { ...life.state };
  life.machine.skip(3);
  expect(life.state).toEqual({ ...before, timer: before.timer + 3, targetCount: before.targetCount + 3 });
  life.cycle({ targets: [100_000], small: 5, sleeping: 5 });
  expect(() => life.machine.skip(1)).toThrow("skip: can't skip 1 cycles now");
});

test("no cycle may be skipped while slow ones are left: rows show them", () => {
  const life = new Life();
  life.cycle({ targets: [10], small: 5, sleeping: 5 });
  const steady = [0, 1, 2, 3].map(() => {
    const was = life.machine.isSteady;
    life.cycle({ targets: [10] });
    return was;
  });
  expect([...steady, life.machine.isSteady]).toEqual([false, false, false, false, true]);
});

test("counters have 32 bits", () => {
  const life = new Life();
  life.state.timer = 2 ** 32 - 1;
  life.state.alloc = 2 ** 32 - 3;
  life.cycle({ targets: [5] });
  expect(life.state).toMatchObject({ timer: 0, alloc: 2 });
});

test("answers that can't be change nothing", () => {
  const machine = new OpenVmToolsMachine(OPEN_VM_TOOLS_DEFAULTS);
  expect(() => machine.step(0, 0, 0, 0)).toThrow("no request is waiting for an answer");
  machine.load();
  expect(() => machine.load()).toThrow("load: the driver was loaded before");
  machine.cycle();
  const refuses = (...answer: [number, number, number, number]) => {
    const before = { ...machine.state };
    expect(() => machine.step(...answer)).toThrow(RangeError);
    expect(machine.state).toEqual(before);
  };
  refuses(-1, 0, 0, 0);
  refuses(0x0300_0000, -1, 0, 0);
  machine.step(0x0300_0000, 6, 0, 0);
  refuses(0.5, 0, 0, 0);
  machine.step(0, 0, 0, 0);
  refuses(-1, 0, 0, 0);
  machine.step(1000, 0, 0, 0);
  refuses(0, -1, 0, 0);
  machine.step(0, 100, 0, 0);
  expect(machine.state).toMatchObject({ count: 100 });
  refuses(101, 0, 0, 0);
  refuses(0, 0, 0, 0);
  refuses(100, 1, 0, 0);
  machine.step(100, 0, 0, 0);
  refuses(0, 101, 0, 0);
  refuses(0, 1, 2, 0);
  refuses(0, 1, 1, -1);
  machine.step(0, 1, 1, 100);
  expect(machine.state).toMatchObject({ small: 99, kept: 1 });
  machine.step(0, 0, 0, 0);
  machine.cycle();
  machine.step(1000, 0, 0, 0);
  machine.step(0, 0, 0, 0);
  expect(machine.state).toMatchObject({ count: 99 });
  refuses(0, 100, 0, 0);
});
