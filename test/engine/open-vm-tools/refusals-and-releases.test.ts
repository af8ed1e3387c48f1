import { describe, expect, it } from "vitest";
import { Status } from "../../../src/engine/index.ts";
import type { OpenVmToolsParams } from "../../../src/engine/open-vm-tools/params.ts";
import { answers, LINUX, OpenVmToolsLife as Life, SOLARIS } from "../../support/worlds/open-vm-tools-life.ts";

// Pages that the host refuses, and pages that the driver gives back, in numbers that can be checked by hand.

const { Success, Reset, Busy, PpnPinned, PpnInvalid, PpnNotNeeded, PpnLocked } = Status;

describe("refused pages", () => {
  it("of a batch are kept to the end of the cycle, up to 16, if they are pinned or invalid; the others are freed", () => {
    const life = new Life();
    const pages = [PpnPinned, PpnInvalid, PpnNotNeeded, PpnLocked, Reset];
    const commands = life.cycle({ targets: [10], page: (n) => pages[n] ?? Success });
    // 5 of 10 were accepted, and the command was the last one.
    expect(commands).toEqual(["target 1048576", "6 10"]);
    expect(life.state).toMatchObject({ small: 5, refusedAlloc: 2, refusedFree: 2, returned: 5, resetRequired: 0 });
    expect(life.world.held).toBe(5);
  });

  it("of a batch end nothing: the rate does", () => {
    const life = new Life();
    const commands = life.cycle({ targets: [600], page: () => PpnPinned });
    // 16,384 pages, none of them accepted: 32 batches.
    expect(commands).toHaveLength(33);
    expect(life.state).toMatchObject({ small: 0, alloc: 16_384, refusedAlloc: 16, refusedFree: 16, returned: 16_384 });
  });

  it("are kept by size, and freed by size", () => {
    const life = new Life({ system: LINUX, errorPages: 2 });
    const commands = life.cycle({ targets: [4 * 512], large: 3, small: 3, sleeping: 0, page: () => PpnPinned });
    // Those of 2 MiB are not split.
    expect(commands).toEqual(["target 1048576", "8 3", "6 3"]);
    expect(life.state).toMatchObject({
      ...{ refusedAlloc: 2, refusedFree: 2, largeRefusedAlloc: 2, largeRefusedFree: 2 },
      returned: 3 * 512 + 3,
    });
    expect(life.world.held).toBe(0);
  });

  it("of a batch that fails as a whole are all freed, and end the cycle; none is counted", () => {
    const life = new Life();
    expect(life.cycle({ targets: [5000], command: answers(Success, Success, PpnPinned) })).toHaveLength(3);
    expect(life.state).toMatchObject({ small: 512, lock: 2, lockFail: 1, refusedAlloc: 0, returned: 512 });
  });

  it.each([
    ["is kept to its end", PpnPinned, { refusedAlloc: 1, refusedFree: 1, resetRequired: 0 }],
    ["is kept to its end", Busy, { refusedAlloc: 1, refusedFree: 1, resetRequired: 0 }],
    ["is freed at once", PpnNotNeeded, { refusedAlloc: 0, refusedFree: 0, resetRequired: 0 }],
    ["is freed at once", Reset, { refusedAlloc: 0, refusedFree: 0, resetRequired: 1 }],
  ])("of a single command ends the cycle, and %s (%i)", (_, status, state) => {
    const life = new Life({ system: SOLARIS });
    const command = answers(Success, Success, Success, status);
    expect(life.cycle({ targets: [10], command })).toEqual(["target 1048576", "2 1", "2 1", "2 1"]);
    expect(life.state).toMatchObject({ ...state, small: 2, lock: 3, lockFail: 1, returned: 1 });
  });

  it("without room to be kept is freed at once", () => {
    const life = new Life({ system: SOLARIS, errorPages: 0 });
    life.cycle({ targets: [10], command: answers(Success, PpnPinned) });
    expect(life.state).toMatchObject({ refusedAlloc: 0, returned: 1 });
  });
});

describe("deflation", () => {
  const full = (small: number, large: number, params: Partial<OpenVmToolsParams> = {}) => {
    const life = new Life({ system: LINUX, nosleepAllocMax: 1_000_000, ...params });
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

  it("releases its rate of each size of pages", () => {
    const life = full(1000, 1000, { freeMin: 300, freeMax: 600, freeInc: 10 });
    expect(life.cycle({ targets: [0] })).toEqual(["target 1048576", "7 512", "7 88", "9 512", "9 88"]);
    expect(life.state).toMatchObject({ small: 400, large: 400, free: 600, largeFree: 600, rateFree: 600 });
  });

  it("takes as many pages of 2 MiB as there are frames too many, and so goes up to 1 GiB too far", () => {
    const life = full(100, 1000);
    // 700 too many: the 100 small ones, then 512 large ones, which were one too many.
    expect(life.cycle({ targets: [100 + 512_000 - 700] })).toEqual(["target 1048576", "7 100", "9 512"]);
    expect(life.state).toMatchObject({ small: 0, large: 488 });
    const few = full(0, 40);
    expect(few.cycle({ targets: [39 * 512] })).toEqual(["target 1048576", "9 40"]);
  });

  it("takes the target of the cycle's beginning for the pages of 2 MiB", () => {
    const life = full(512, 4);
    // The command for the small ones says that the target is 2,560 now; the pages of 2 MiB go by 1,000.
    expect(life.cycle({ targets: [1000, 2560] })).toEqual(["target 1048576", "7 512", "9 4"]);
  });

  it("raises its rate by 16 without error, once for each size in the balloon", () => {
    const rateAfter = (small: number, large: number, targets: number[]) => {
      const life = full(small, large);
      life.state.rateFree = 1000;
      life.cycle({ targets });
      return life.state.rateFree;
    };
    expect(rateAfter(600, 0, [0])).toBe(1016);
    expect(rateAfter(0, 4, [0])).toBe(1016);
    expect(rateAfter(600, 4, [0])).toBe(1032);
    // Also where the pages of 4 KiB were enough.
    expect(rateAfter(600, 4, [4 * 512])).toBe(1032);
    expect(rateAfter(0, 0, [0])).toBe(1000);
  });

  it("halves it when a full command fails, keeps the pages, and goes on with the other size", () => {
    const life = full(600, 4);
    expect(life.cycle({ targets: [0], command: answers(Success, Busy) })).toEqual(["target 1048576", "7 512", "9 4"]);
    expect(life.state).toMatchObject({ small: 600, large: 0, rateFree: 8192 + 16, unlock: 1, unlockFail: 1 });
    const slow = full(600, 0, { freeMin: 5000 });
    slow.state.rateFree = 6000;
    slow.cycle({ targets: [0], command: answers(Success, Busy) });
    expect(slow.state.rateFree).toBe(5000);
  });

  it("raises it although the command failed if that had room for more pages", () => {
    const life = full(511, 0);
    life.state.rateFree = 1000;
    life.cycle({ targets: [0], command: answers(Success, Busy) });
    expect(life.state).toMatchObject({ small: 511, rateFree: 1016, unlockFail: 1 });
  });

  it("offers a page that was refused again in the same cycle, until its rate ends it", () => {
    const life = full(1000, 0, { freeMin: 700, freeMax: 700 });
    // One of the first 512: 489 are left, of which the rate allows 188.
    const commands = life.cycle({ targets: [0], page: (n) => (n === 1000 ? Busy : 0) });
    expect(commands).toEqual(["target 1048576", "7 512", "7 188"]);
    expect(life.state).toMatchObject({ small: 301, free: 699, rateFree: 700 });
  });

  it("sends a command for each page on Solaris, and ends at the first refused one", () => {
    const life = new Life({ system: SOLARIS });
    life.cycle({ targets: [600] });
    const commands = life.cycle({ targets: [0], command: answers(Success, Success, Busy) });
    expect(commands).toEqual(["target 1048576", "3 1", "3 1"]);
    expect(life.state).toMatchObject({ small: 599, unlock: 2, unlockFail: 1, rateFree: 8192 });
  });
});
