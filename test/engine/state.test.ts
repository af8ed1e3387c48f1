import { describe, expect, it } from "vitest";
import { Custody, createState, DEFAULT_RATES, Engine, Life, loadedState, Request } from "../../src/engine/index.ts";

describe("the state", () => {
  it("of a driver that was not loaded yet is all zero, but for the constants and the rates that follow from them", () => {
    const { allocMax: rateAlloc, freeMax: rateFree } = DEFAULT_RATES;
    const { length } = Object.keys({ ...DEFAULT_RATES, rateAlloc, rateFree });
    const state = createState(DEFAULT_RATES);
    expect(state).toMatchObject({ ...DEFAULT_RATES, rateAlloc, rateFree });
    expect(Object.values(state).filter((value) => value !== 0)).toHaveLength(length);
  });

  it("of a driver that was loaded before is at rest at its target, and the host may lower it", () => {
    const engine = new Engine(DEFAULT_RATES);
    engine.restore(loadedState(DEFAULT_RATES, 1000));
    expect(engine.canSkip).toBe(true);
    expect(() => engine.load()).toThrow("loaded before");
    expect(engine.cycle()).toBe(Request.TotalPages);
    expect(engine.step(262_144)).toBe(Request.GetTarget);
    expect(engine.step(0, 400)).toBe(Request.Unlock);
    expect(engine.state.count).toBe(600);
    expect(engine.step(600, 0)).toBe(Request.Free);
    expect(engine.step()).toBe(Request.None);
    expect(engine.state).toMatchObject({ size: 400, target: 400, start: 1, guestType: 1, timer: 1, unlock: 600 });
  });

  it("stands in numbers that checkpoints of other versions may hold", () => {
    expect(Life).toEqual({ Unloaded: 0, Loaded: 1, Exited: 2, LoadFailed: 3 });
    expect(Custody).toEqual({ Balloon: 0, Unlocked: 1, Rest: 2 });
    expect(Request).toEqual({
      None: 0,
      Start: 1,
      GuestId: 2,
      TotalPages: 3,
      GetTarget: 4,
      Allocate: 5,
      Lock: 6,
      Unlock: 7,
      Free: 8,
    });
  });
});
