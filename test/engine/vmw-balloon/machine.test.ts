import { describe, expect, it } from "vitest";
import { Capability, DriverFault, Status, VMW_BALLOON, vmwBalloonStatistics } from "../../../src/engine/index.ts";
import { VmwBalloonMachine } from "../../../src/engine/vmw-balloon/machine.ts";
import { VMW_BALLOON_DEFAULTS } from "../../../src/engine/vmw-balloon/params.ts";
import { ALL, type BatchScript } from "../../support/worlds/batch-world.ts";
import { MachineLife } from "../../support/worlds/machine-life.ts";

// The driver in numbers that can be checked by hand against the text of drivers/misc/vmw_balloon.c.

/** A loaded driver in a world; the first cycle sends START. */
class Life extends MachineLife<VmwBalloonMachine> {
  constructor(script: Partial<BatchScript> = {}, params: Partial<typeof VMW_BALLOON_DEFAULTS> = {}) {
    super(new VmwBalloonMachine({ ...VMW_BALLOON_DEFAULTS, ...params }, 250), script);
  }
}

describe("a reset", () => {
  it("takes the doorbell back, asks for all capabilities, says what guest it is, and goes on with a cycle", () => {
    const life = new Life();
    expect(life.world.commands).toEqual(["doorbell 0", "start 62", "guest 1", "target 1048576"]);
    expect(life.state).toMatchObject({ capabilities: ALL, batchMax: 512, maxPageSize: 1, reset: 1, timer: 1 });
  });

  it("uses commands for single pages where the host answers START with plain SUCCESS", () => {
    const life = new Life({ capabilities: Capability.Basic | Capability.Doorbell });
    expect(life.state.capabilities).toBe(Capability.Basic | Capability.Doorbell);
    const old = new Life({ capabilities: Capability.Basic });
    expect(old.state).toMatchObject({ capabilities: Capability.Basic, batchMax: 1, maxPageSize: 0 });
    expect(old.cycle({ targets: [3] })).toEqual(["target 1048576", "2 1", "2 1", "2 1"]);
  });

  it("uses pages of 2 MiB only with both capabilities that they need", () => {
    expect(new Life({ capabilities: Capability.Basic | Capability.Batched2m }).state.maxPageSize).toBe(0);
    expect(new Life({ capabilities: Capability.Basic | Capability.Batched }).state.maxPageSize).toBe(0);
    expect(new Life({ capabilities: Capability.Batched | Capability.Batched2m }).state.maxPageSize).toBe(1);
  });

  it("is tried again each cycle while START fails, and the target is asked for, in vain", () => {
    const life = new Life({ capabilities: null });
    expect(life.cycle({ targets: [5000] })).toEqual(["doorbell 0", "start 62", "target 1048576"]);
    expect(life.state).toMatchObject({ resetRequired: 1, reset: 0, start: 2, startFail: 2, target: 5000, small: 0 });
    expect(life.cycle({ capabilities: ALL, targets: [5000] })).toHaveLength(5);
    expect(life.state).toMatchObject({ resetRequired: 0, reset: 1, large: 10 });
  });

  it("frees all pages without UNLOCK, in the cycle after the host has demanded it", () => {
    const life = new Life();
    life.cycle({ targets: [513], large: 1 });
    expect(life.state).toMatchObject({ small: 1, large: 1 });
    let commands = 0;
    expect(life.cycle({ command: () => (commands++ === 0 ? Status.Reset : 0) })).toEqual(["target 1048576"]);
    expect(life.state).toMatchObject({ small: 1, large: 1, resetRequired: 1 });
    expect(life.cycle({ targets: [0] })).toEqual(["doorbell 0", "start 62", "guest 1", "target 1048576"]);
    expect(life.state).toMatchObject({ small: 0, large: 0, free4k: 1, free2m: 1, unlock2m: 0, batchUnlock: 0 });
  });

  it("gives the host a doorbell if it has one and may; a guest without one takes it back once more", () => {
    const all = ALL | Capability.Doorbell;
    expect(new Life({ capabilities: all }).world.commands.slice(1, 4)).toEqual(["start 62", "doorbell 1", "guest 1"]);
    const without = new Life({ capabilities: all }, { doorbell: 0 });
    expect(without.world.commands.slice(1, 4)).toEqual(["start 62", "doorbell 0", "guest 1"]);
    expect(without.state).toMatchObject({ hasDoorbell: 0, doorbellSet: 2 });
    const refused = new Life({ capabilities: all, command: (n) => (n === 2 ? Status.CommandInvalid : 0) });
    expect(refused.world.commands.slice(2, 5)).toEqual(["doorbell 1", "doorbell 0", "guest 1"]);
    expect(refused.state).toMatchObject({ hasDoorbell: 0, doorbellSet: 3, doorbellSetFail: 1 });
  });

  it("crashes no simulation silently: a host that grants neither batches nor single commands is an endless loop", () => {
    const life = new Life({ capabilities: Capability.Target64 });
    expect(() => life.cycle({ targets: [1] })).toThrow(DriverFault);
  });
});

describe("the target", () => {
  it("is not asked for where the guest's RAM has more than 32 bits and the host can't take it", () => {
    const old = new Life({ capabilities: Capability.Basic | Capability.Batched, totalPages: 2 ** 33 });
    expect(old.state).toMatchObject({ getTarget: 0, timer: 1 });
    expect(new Life({ totalPages: 2 ** 33 }).state.getTarget).toBe(1);
  });

  it("is taken from every successful command, and ends an inflation in its middle", () => {
    const life = new Life();
    // 2000 pages are wanted when the cycle begins; after the first batch only 600.
    expect(life.cycle({ targets: [2000, 600], large: 0 })).toEqual(["target 1048576", "6 512", "6 88"]);
    expect(life.state).toMatchObject({ small: 600, target: 600 });
    // It may also end it below the size, inside of the dead band, and lengthen it.
    life.cycle({ targets: [2000, 300, 900], large: 0 });
    expect(life.state).toMatchObject({ small: 600 + 512, target: 300 });
  });

  it("is left alone by commands that fail", () => {
    const life = new Life();
    let n = 0;
    life.cycle({ targets: [2000, 600], large: 0, command: () => (n++ === 1 ? Status.Busy : 0) });
    expect(life.state).toMatchObject({ small: 0, target: 2000, batchLock: 1, batchLockFail: 1 });
  });
});

describe("inflation", () => {
  it("takes pages of 2 MiB, up to 512 a batch, rounded up", () => {
    const life = new Life();
    expect(life.cycle({ targets: [600 * 512 + 1] })).toEqual(["target 1048576", "8 512", "8 89"]);
    expect(life.ports.asked).toEqual(["2M 512", "2M 89"]);
    expect(life.state).toMatchObject({ large: 601, small: 0, alloc2m: 601, allocFail2m: 0, lock2m: 2 });
  });

  it("has no rate: it takes a target of 16 GiB in one cycle", () => {
    const life = new Life();
    life.cycle({ targets: [1 << 22] });
    expect(life.machine.size).toBe(1 << 22);
  });

  it("goes on with pages of 4 KiB after the first allocation of 2 MiB that fails", () => {
    const life = new Life();
    expect(life.cycle({ targets: [4000], large: 5 })).toEqual(["target 1048576", "8 5", "6 512", "6 512", "6 416"]);
    expect(life.ports.asked).toEqual(["2M 8", "4k 512", "4k 512", "4k 416"]);
    expect(life.state).toMatchObject({ large: 5, small: 1440, alloc2m: 6, allocFail2m: 1, alloc4k: 1440 });
  });

  it("begins with pages of 2 MiB again in the next cycle", () => {
    const life = new Life();
    life.cycle({ targets: [4000], large: 0, small: 100 });
    life.cycle({ targets: [4000] });
    expect(life.state).toMatchObject({ small: 100, large: Math.ceil(3900 / 512) });
  });

  it("ends the cycle at the first allocation of 4 KiB that fails", () => {
    const life = new Life();
    expect(life.cycle({ targets: [4000], large: 0, small: 700 })).toEqual(["target 1048576", "6 512", "6 188"]);
    expect(life.state).toMatchObject({ small: 700, alloc4k: 701, allocFail4k: 1 });
  });

  it("splits the refused pages of 2 MiB, and offers their parts before it allocates", () => {
    const life = new Life();
    // The second of three pages is refused, and no fourth one is free.
    const commands = life.cycle({
      targets: [10 * 512],
      large: 3,
      small: 100,
      page: (n) => (n === 1 ? Status.PpnPinned : 0),
    });
    // 512 parts, and 100 pages of 4 KiB more.
    expect(commands).toEqual(["target 1048576", "8 3", "6 512", "6 100"]);
    expect(life.ports.asked).toEqual(["2M 10", "4k 512"]);
    expect(life.state).toMatchObject({ large: 2, small: 612, errAlloc2m: 1, errFree2m: 0, alloc4k: 101, returned: 0 });
  });

  it("goes on with 4 KiB after 16 refused pages of 2 MiB, and ends after 16 refused ones of 4 KiB, which it frees", () => {
    const life = new Life();
    // Every page is refused.
    const commands = life.cycle({ targets: [40 * 512], page: () => Status.PpnInvalid });
    expect(commands).toEqual(["target 1048576", "8 40", "6 512"]);
    expect(life.state).toMatchObject({
      large: 0,
      small: 0,
      errAlloc2m: 40,
      errAlloc4k: 512,
      errFree4k: 1,
      errFree2m: 0,
    });
    expect([life.world.held, life.state.returned]).toEqual([0, 40 * 512]);
  });

  it("goes on with 4 KiB at exactly 16 refused pages of 2 MiB", () => {
    const life = new Life();
    const commands = life.cycle({ targets: [20 * 512], page: (n) => (n < 16 ? Status.PpnPinned : 0) });
    expect(commands.slice(0, 3)).toEqual(["target 1048576", "8 20", "6 512"]);
    expect(life.state).toMatchObject({ large: 4, small: 16 * 512, alloc4k: 0 });
  });

  it("keeps 15 refused pages to the end of its cycle", () => {
    const life = new Life();
    const commands = life.cycle({ targets: [20 * 512], page: (n) => (n < 15 ? Status.PpnPinned : 0) });
    // The first batch gives 5 pages, so 15 are missing.
    expect(commands).toEqual(["target 1048576", "8 20", "8 15"]);
    expect(life.state).toMatchObject({ large: 20, errAlloc2m: 15, errFree2m: 1, returned: 15 * 512 });
  });

  it("ends where a batch fails as a whole, whatever its entries say; all its pages are refused", () => {
    const life = new Life();
    let n = 0;
    expect(life.cycle({ targets: [4 * 512], command: () => (n++ === 1 ? Status.Busy : 0) })).toEqual([
      "target 1048576",
      "8 4",
    ]);
    expect(life.state).toMatchObject({ large: 0, errAlloc2m: 4, errFree2m: 1, lock2m: 1, lock2mFail: 1 });
    expect(life.world.held).toBe(0);
  });

  it("ends without batches at the first page that is refused", () => {
    let n = 0;
    const life = new Life({ capabilities: Capability.Basic });
    const commands = life.cycle({ targets: [10], command: () => (n++ === 4 ? Status.PpnPinned : 0) });
    expect(commands).toEqual(["target 1048576", "2 1", "2 1", "2 1", "2 1"]);
    expect(life.state).toMatchObject({ small: 3, lock: 4, lockFail: 1, errAlloc4k: 1, errFree4k: 1 });
  });
});

describe("deflation", () => {
  const full = (small: number, large: number) => {
    const life = new Life();
    life.cycle({ targets: [small + large * 512], large });
    expect(life.state).toMatchObject({ small, large });
    return life;
  };

  it("leaves a surplus of less than 512 pages, unless the target is 0", () => {
    const life = full(1000, 0);
    expect(life.cycle({ targets: [489] })).toEqual(["target 1048576"]);
    expect(life.machine.isSteady).toBe(true);
    expect(life.cycle({ targets: [488] })).toEqual(["target 1048576", "7 512"]);
    expect(life.cycle({ targets: [0] })).toEqual(["target 1048576", "7 488"]);
    expect(life.machine.size).toBe(0);
  });

  it("releases pages of 4 KiB first, then of 2 MiB, each rounded up", () => {
    const life = full(600, 4);
    // 1700 too many: 600 small ones, and 1100 in three large ones, which is 436 more.
    const commands = life.cycle({ targets: [948, 948, 948, 948] });
    expect(commands).toEqual(["target 1048576", "7 512", "7 88", "9 3"]);
    expect(life.state).toMatchObject({ small: 0, large: 1, free4k: 600, free2m: 3 });
  });

  it("keeps refused pages, and goes on with 2 MiB where a batch was not complete", () => {
    const life = full(600, 4);
    const commands = life.cycle({ targets: [600], page: (n) => (n === 611 ? Status.Busy : 0) });
    // 604 pages were offered before. One of the first 512 is refused: 1537 are still to be released, in four large pages.
    expect(commands).toEqual(["target 1048576", "7 512", "9 4"]);
    expect(life.state).toMatchObject({ small: 89, large: 0, errAlloc4k: 1, free4k: 511, free2m: 4 });
  });

  it("ignores that a batch failed as a whole, and tries the other size", () => {
    const life = full(600, 4);
    let n = 0;
    expect(life.cycle({ targets: [512], command: () => (n++ === 1 ? Status.Busy : 0) })).toEqual([
      "target 1048576",
      "7 512",
      "9 4",
    ]);
    expect(life.state).toMatchObject({ small: 600, large: 0, errAlloc4k: 512, batchUnlockFail: 1 });
  });

  it("ends where the host demands a reset", () => {
    const life = full(600, 4);
    let n = 0;
    expect(life.cycle({ targets: [0], command: () => (n++ === 1 ? Status.Reset : 0) })).toHaveLength(2);
    expect(life.state).toMatchObject({ small: 600, large: 4, resetRequired: 1 });
  });
});

describe("the shrinker", () => {
  it("stops inflation until 5 s later", () => {
    const life = new Life();
    life.machine.now = 1000;
    life.machine.shrunk(0, { ...life.state });
    life.machine.now = 1000 + 5 * 250 - 1;
    expect(life.cycle({ targets: [512] })).toEqual(["target 1048576"]);
    expect(life.machine.isSteady).toBe(false);
    life.machine.now++;
    expect(life.cycle({ targets: [512] })).toEqual(["target 1048576", "8 1"]);
  });
});

describe("unloading", () => {
  it("takes the doorbell back, sends START without capabilities, and frees everything", () => {
    const life = new Life();
    life.cycle({ targets: [700], large: 1 });
    expect(life.exit()).toEqual(["doorbell 0", "start 0"]);
    expect([life.machine.size, life.world.held]).toEqual([0, 0]);
  });
});

describe("the statistics text", () => {
  it("has the lines of mainline's debugfs file, to the letter", () => {
    const life = new Life();
    life.cycle({ targets: [4000], large: 5, small: 700 });
    expect(vmwBalloonStatistics(life.state)).toBe(
      [
        "balloon capabilities  :             0x3e",
        "used capabilities     :             0x2e",
        "is resetting          :                n",
        "target                :             4000",
        "current               :             3260",
        "start                 :                1 (0 failed)",
        "target                :                2 (0 failed)",
        "lock                  :                0 (0 failed)",
        "unlock                :                0 (0 failed)",
        "guestType             :                1 (0 failed)",
        "batchLock             :                2 (0 failed)",
        "batchUnlock           :                0 (0 failed)",
        "2m-lock               :                1 (0 failed)",
        "2m-unlock             :                0 (0 failed)",
        "doorbellSet           :                1 (0 failed)",
        "timer                 :                2",
        "doorbell              :                0",
        "reset                 :                1",
        "shrink                :                0",
        "shrinkFree            :                0",
        "alloc             (4k):              701",
        "alloc             (2M):                6",
        "allocFail         (4k):                1",
        "allocFail         (2M):                1",
        "errAlloc          (4k):                0",
        "errAlloc          (2M):                0",
        "errFree           (4k):                0",
        "errFree           (2M):                0",
        "free              (4k):                0",
        "free              (2M):                0",
        "",
      ].join("\n"),
    );
    expect(VMW_BALLOON.statistics?.(life.state as unknown as Record<string, number>)).toBe(
      vmwBalloonStatistics(life.state),
    );
  });

  it("counts from the first time that the file is read", () => {
    const life = new Life();
    const first = { ...life.state };
    life.cycle({ targets: [512] });
    const text = vmwBalloonStatistics(life.state, first);
    expect(text).toContain("start                 :                0 (0 failed)\n");
    expect(text).toContain("timer                 :                1\n");
    expect(text).toContain("alloc             (2M):                1\n");
  });
});
