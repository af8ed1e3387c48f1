import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, DriverFault, Engine, Life, Request, Status } from "../../src/engine/index.ts";
import { EngineLife, QUIET } from "../support/worlds/life.ts";
import type { WorldScript } from "../support/worlds/page-world.ts";

// The policy in numbers that can be checked by hand. All constants are the reference driver's.

function loaded(): EngineLife {
  const life = new EngineLife(DEFAULT_RATES, 200_000);
  life.load();
  return life;
}

function cycle(life: EngineLife, script: Partial<WorldScript>): void {
  life.cycle({ script: { ...QUIET, ...script }, pieces: [Number.POSITIVE_INFINITY], rates: undefined });
}

/** What one cycle after another adds to the balloon. */
function steps(life: EngineLife, cycles: number, script: Partial<WorldScript>): number[] {
  return Array.from({ length: cycles }, () => {
    const before = life.engine.state.size;
    cycle(life, script);
    return life.engine.state.size - before;
  });
}

describe("inflation", () => {
  it("takes a page more than its rate in a full cycle: 16,385 without, 2,049 under pressure", () => {
    const life = loaded();
    expect(steps(life, 2, { target: 100_000 })).toEqual([16_385, 16_385]);
    cycle(life, { target: 100_000, nosleepOk: 0 });
    expect(steps(life, 1, { target: 100_000 })).toEqual([2049]);
  });

  it("switches to sleeping allocations in the same cycle, the failed attempt being one turn of its loop", () => {
    const life = loaded();
    // 1000 pages without sleeping, a failure in place of the 1001st, then up to the sleeping rate and one more.
    expect(steps(life, 1, { target: 100_000, nosleepOk: 1000 })).toEqual([2048]);
    expect(life.engine.state).toMatchObject({ alloc: 1001, allocFail: 1, sleepAlloc: 1048, sleepAllocFail: 0 });
  });

  it("pauses instead if it has its sleeping rate already", () => {
    const life = loaded();
    expect(steps(life, 1, { target: 100_000, nosleepOk: 2048 })).toEqual([2048]);
    expect(life.engine.state).toMatchObject({ slow: 4, sleepAlloc: 0, rateAlloc: 2048 });
    const other = loaded();
    expect(steps(other, 1, { target: 100_000, nosleepOk: 2047 })).toEqual([2048]);
    expect(other.engine.state).toMatchObject({ slow: 4, sleepAlloc: 1, rateAlloc: 2048 });
  });

  it("is slow for three cycles more after a failure, though there are four slow cycles", () => {
    const life = loaded();
    cycle(life, { target: 200_000, nosleepOk: 0, sleepOk: 0 });
    expect(life.engine.state).toMatchObject({ slow: 4, rateAlloc: 1024 });
    expect(steps(life, 5, { target: 200_000 })).toEqual([1025, 1041, 1057, 16_385, 16_385]);
  });

  it("halves the sleeping rate at each failure of a sleeping allocation, down to 512", () => {
    const life = loaded();
    const rates = Array.from({ length: 4 }, () => {
      cycle(life, { target: 100_000, nosleepOk: 0, sleepOk: 0 });
      return life.engine.state.rateAlloc;
    });
    expect(rates).toEqual([1024, 512, 512, 512]);
  });

  it("raises it by 16 for each full rate that a cycle without failure took, up to 2,048", () => {
    const life = loaded();
    for (let failure = 0; failure < 2; failure++) cycle(life, { target: 2, nosleepOk: 0, sleepOk: 0 });
    cycle(life, { target: 0 });
    life.engine.restore({ ...life.engine.snapshot(), slow: 0 });
    const rates = Array.from({ length: 8 }, () => {
      cycle(life, { target: 160_000 });
      return life.engine.state.rateAlloc;
    });
    expect(rates).toEqual([1024, 1280, 1472, 1648, 1792, 1936, 2048, 2048]);
  });

  it("does not raise it after a cycle that ended with a failure, or took less than the rate", () => {
    const life = loaded();
    cycle(life, { target: 100_000, nosleepOk: 0, sleepOk: 0 });
    life.engine.restore({ ...life.engine.snapshot(), slow: 0 });
    cycle(life, { target: 100_000, nosleepOk: 5000 });
    expect(life.engine.state.rateAlloc).toBe(1024);
    life.engine.restore({ ...life.engine.snapshot(), slow: 0 });
    cycle(life, { target: life.engine.state.size + 1023 });
    expect(life.engine.state.rateAlloc).toBe(1024);
    cycle(life, { target: life.engine.state.size + 1024 });
    expect(life.engine.state.rateAlloc).toBe(1040);
  });

  it("offers the processor after each 1,025 turns", () => {
    const yields = (target: number) => {
      const life = loaded();
      cycle(life, { target });
      return life.engine.state.yields;
    };
    expect([1024, 1025, 2049, 2050, 16_385].map(yields)).toEqual([0, 1, 1, 2, 15]);
  });

  it.each([
    [15, 50, false],
    [16, 0, true],
    [17, 0, true],
  ])("puts up with 15 refused pages in a cycle: %d of them", (refused, size, ended) => {
    const life = loaded();
    const lock = Array.from({ length: refused }, (_, at) => ({ at, status: Status.PpnPinned }));
    cycle(life, { target: 50, lock });
    const given = Math.min(refused, 16);
    expect(life.engine.state).toMatchObject({ size, refusedAlloc: given, refusedFree: given, refused: 0 });
    expect(life.engine.state.lock).toBe(ended ? 16 : 65);
  });

  it.each([
    [Status.Reset, 1],
    [Status.PpnNotNeeded, 0],
  ])("ends at once, the page not being held as refused, where the host answers %d", (status, resetRequired) => {
    const life = loaded();
    cycle(life, {
      target: 50,
      lock: [
        { at: 3, status: Status.Busy },
        { at: 20, status },
      ],
    });
    expect(life.engine.state).toMatchObject({ size: 19, lock: 21, lockFail: 2, refusedAlloc: 2, refusedFree: 1 });
    expect(life.engine.state.resetRequired).toBe(resetRequired);
  });

  it("holds a page whose frame number does not fit the protocol as refused, without a command", () => {
    const life = loaded();
    cycle(life, { target: 10, largeEvery: 5 });
    expect(life.engine.state).toMatchObject({ size: 10, lock: 10, lockFail: 0, refusedAlloc: 2, refusedFree: 2 });
  });
});

describe("deflation", () => {
  it("gives back up to 16,384 pages a cycle, and the rate grows by 16 up to that", () => {
    const life = loaded();
    for (let n = 0; n < 3; n++) cycle(life, { target: 49_155 });
    expect(steps(life, 4, { target: 0 })).toEqual([-16_384, -16_384, -16_384, -3]);
    expect(life.engine.state.rateFree).toBe(16_384);
  });

  it("halves the rate and stops at an error, down to 512; the page is tried again first", () => {
    const life = loaded();
    for (let n = 0; n < 3; n++) cycle(life, { target: 49_155 });
    const unlock = [{ at: 10, status: Status.Busy }];
    expect(steps(life, 7, { target: 0, unlock })).toEqual([-10, -10, -10, -10, -10, -10, -10]);
    expect(life.engine.state).toMatchObject({ rateFree: 512, unlock: 77, unlockFail: 7, free: 70 });
    expect(steps(life, 3, { target: 0 })).toEqual([-512, -528, -544]);
  });

  it("gives nothing back where the first page is refused already", () => {
    const life = loaded();
    cycle(life, { target: 20 });
    life.engine.cycle();
    life.engine.step(1 << 20);
    expect(life.engine.step(Status.Success, 0)).toBe(Request.Unlock);
    expect(life.engine.step(0, Status.Busy)).toBe(Request.None);
    expect(life.engine.state).toMatchObject({ size: 20, unlock: 1, unlockFail: 1, rateFree: 8192 });
  });

  it("asks for a reset where the host answers so", () => {
    const life = loaded();
    cycle(life, { target: 20 });
    cycle(life, { target: 0, unlock: [{ at: 5, status: Status.Reset }] });
    expect(life.engine.state).toMatchObject({ size: 15, resetRequired: 1, rateFree: 8192 });
  });
});

describe("a reset", () => {
  function pending(): EngineLife {
    const life = loaded();
    cycle(life, { target: 40 });
    cycle(life, { targetStatus: Status.Reset });
    expect(life.engine.state).toMatchObject({ size: 40, target: 40, targetFail: 1, resetRequired: 1 });
    return life;
  }

  it("gives all pages back without telling the host, then begins anew and goes on with the cycle", () => {
    const life = pending();
    cycle(life, { target: 7 });
    expect(life.engine.state).toMatchObject({ size: 7, free: 40, unlock: 0, start: 2, guestType: 2, resetRequired: 0 });
  });

  it("of an empty balloon gives nothing back", () => {
    const life = loaded();
    cycle(life, { targetStatus: Status.Reset });
    expect(life.engine.cycle()).toBe(Request.Start);
  });

  it("stays pending where START fails, and the target is met all the same", () => {
    const life = pending();
    cycle(life, { target: 7, start: Status.Busy });
    expect(life.engine.state).toMatchObject({ size: 7, startFail: 1, guestType: 1, resetRequired: 1 });
  });

  it("is not demanded by any answer to START", () => {
    const life = pending();
    cycle(life, { target: 0, start: Status.Reset });
    expect(life.engine.state).toMatchObject({ startFail: 1, resetRequired: 1 });
  });

  it("is done though GUEST_ID fails, and pending again if that is answered with RESET", () => {
    const life = pending();
    cycle(life, { target: 0, guestId: Status.Busy });
    expect(life.engine.state).toMatchObject({ guestTypeFail: 1, resetRequired: 0 });
    const other = pending();
    cycle(other, { target: 0, guestId: Status.Reset });
    expect(other.engine.state).toMatchObject({ guestTypeFail: 1, resetRequired: 1 });
  });

  it("yields once for every rate of releases among the pages given back", () => {
    const life = loaded();
    for (let n = 0; n < 3; n++) cycle(life, { target: 40_000 });
    const { yields } = life.engine.state;
    cycle(life, { targetStatus: Status.Reset });
    cycle(life, { target: 0 });
    expect(life.engine.state.yields - yields).toBe(2);
  });
});

describe("a target", () => {
  it("is cut to 32 bits", () => {
    const life = loaded();
    cycle(life, { target: 2 ** 32 + 12 });
    expect(life.engine.state).toMatchObject({ target: 12, size: 12 });
  });

  it("is not asked for by a guest whose memory does not fit 32 bits, nor counted", () => {
    const life = loaded();
    cycle(life, { target: 12, totalPages: 2 ** 32 });
    expect(life.engine.state).toMatchObject({ target: 0, targetCount: 0, timer: 1 });
    cycle(life, { target: 12, totalPages: 2 ** 32 - 1 });
    expect(life.engine.state).toMatchObject({ target: 12, targetCount: 1, timer: 2 });
  });

  it("that fails leaves the old one, and uses up a slow cycle", () => {
    const life = loaded();
    cycle(life, { target: 9, nosleepOk: 0 });
    cycle(life, { target: 5, targetStatus: Status.Busy });
    expect(life.engine.state).toMatchObject({ target: 9, slow: 3, targetCount: 2, targetFail: 1, resetRequired: 0 });
  });
});

describe("loading and unloading", () => {
  it("announces protocol version 2 and a Linux guest", () => {
    const engine = new Engine(DEFAULT_RATES);
    expect(engine.load()).toBe(Request.Start);
    expect(engine.state).toMatchObject({ value: 2, count: 0, life: Life.Unloaded });
    expect(engine.step(Status.Success)).toBe(Request.GuestId);
    expect(engine.state).toMatchObject({ value: 1, count: 0, life: Life.Unloaded });
    expect(engine.step(Status.Success)).toBe(Request.None);
    expect(engine.state).toMatchObject({ value: 0, count: 0, life: Life.Loaded });
  });

  it("fails where the host refuses START, and GUEST_ID is not sent", () => {
    const engine = new Engine(DEFAULT_RATES);
    engine.load();
    expect(engine.step(Status.CommandInvalid)).toBe(Request.None);
    expect(engine.state).toMatchObject({ life: Life.LoadFailed, start: 1, startFail: 1, guestType: 0 });
  });

  it("fails where the host refuses GUEST_ID", () => {
    const engine = new Engine(DEFAULT_RATES);
    engine.load();
    engine.step(Status.Success);
    expect(engine.step(Status.Failure)).toBe(Request.None);
    expect(engine.state).toMatchObject({ life: Life.LoadFailed, guestType: 1, guestTypeFail: 1 });
  });

  it("tells the host of the restart before it gives the pages back", () => {
    const life = loaded();
    cycle(life, { target: 30 });
    expect(life.engine.exit()).toBe(Request.Start);
    expect(life.engine.step(Status.Busy)).toBe(Request.Free);
    expect(life.engine.state).toMatchObject({ count: 30, startFail: 1, size: 30 });
    expect(life.engine.step()).toBe(Request.None);
    expect(life.engine.state).toMatchObject({ life: Life.Exited, size: 0, free: 30 });
  });

  it("has nothing to give back where the balloon is empty", () => {
    const { engine } = loaded();
    engine.exit();
    expect(engine.step(Status.Success)).toBe(Request.None);
    expect(engine.state.life).toBe(Life.Exited);
  });
});

describe("counters", () => {
  it("count in 32 bits", () => {
    const life = loaded();
    const most = 2 ** 32 - 1;
    life.engine.restore({ ...life.engine.snapshot(), timer: most, targetCount: most, alloc: most, lock: most - 5 });
    cycle(life, { target: 10 });
    expect(life.engine.state).toMatchObject({ timer: 0, targetCount: 0, alloc: 9, lock: 4 });
  });
});

describe("other constants", () => {
  it("put in force while the driver runs bound the current rates from the next cycle on", () => {
    const life = loaded();
    const rates = { ...DEFAULT_RATES, allocMin: 100, allocMax: 1000, freeMin: 10, freeMax: 20 };
    life.engine.setRates(rates);
    expect(life.engine.rates).toEqual(rates);
    expect(life.engine.state).toMatchObject({ rateAlloc: 2048, rateFree: 16_384, clampPending: 1 });
    cycle(life, { target: 0 });
    expect(life.engine.state).toMatchObject({ rateAlloc: 1000, rateFree: 20, clampPending: 0 });
    life.engine.setRates({ ...rates, allocMin: 1500, allocMax: 1700, freeMin: 70, freeMax: 80 });
    cycle(life, { target: 0 });
    expect(life.engine.state).toMatchObject({ rateAlloc: 1500, rateFree: 70, clampPending: 0 });
  });

  it("put in force in mid-cycle wait for the next one", () => {
    const { engine } = loaded();
    engine.cycle();
    engine.setRates({ ...DEFAULT_RATES, allocMax: 1000 });
    engine.step(1 << 20);
    engine.step(0, 0);
    expect(engine.state).toMatchObject({ rateAlloc: 2048, clampPending: 1 });
    engine.cycle();
    expect(engine.state).toMatchObject({ rateAlloc: 1000, clampPending: 0 });
  });

  it("put in force while the balloon is inflated wait for the next cycle too", () => {
    const { engine } = loaded();
    engine.cycle();
    engine.step(1 << 20);
    engine.step(0, 5);
    engine.setRates({ ...DEFAULT_RATES, allocMax: 1000 });
    engine.step(5);
    expect(engine.step(5)).toBe(Request.None);
    expect(engine.state).toMatchObject({ size: 5, rateAlloc: 2048, clampPending: 1 });
  });

  it("that overflow may make the rate of releases 0: a page a cycle, and each page of a reset a yield", () => {
    const life = new EngineLife({ ...DEFAULT_RATES, freeMin: 8, freeMax: 8, freeInc: 2 ** 32 - 8 });
    life.load();
    cycle(life, { target: 100 });
    expect(steps(life, 2, { target: 0 })).toEqual([-8, -1]);
    cycle(life, { target: 0, unlock: [{ at: 0, status: 7 }] });
    life.engine.restore({ ...life.engine.snapshot(), rateFree: 0, yields: 0 });
    cycle(life, { target: 0 });
    expect(life.engine.state.yields).toBe(91);
  });

  it("that overflow may make the rate of allocations 0, and the driver then divides by it", () => {
    const life = new EngineLife({ ...DEFAULT_RATES, allocMin: 8, allocMax: 8, allocInc: 2 ** 32 - 8 });
    life.load();
    cycle(life, { target: 8 });
    expect(life.engine.state.rateAlloc).toBe(0);
    const crash = new DriverFault("inflate: division by rate_alloc, which overflowed to 0");
    expect(() => cycle(life, { target: 9 })).toThrow(crash);
    expect(crash.name).toBe("DriverFault");
  });
});
