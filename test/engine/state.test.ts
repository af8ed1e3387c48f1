import { describe, expect, it } from "vitest";
import { Custody, createState, DEFAULT_RATES, Life, Request } from "../../src/engine/index.ts";

describe("the state", () => {
  it("of a driver that was not loaded yet is all zero, but for the constants and the rates that follow from them", () => {
    const { allocMax: rateAlloc, freeMax: rateFree } = DEFAULT_RATES;
    const { length } = Object.keys({ ...DEFAULT_RATES, rateAlloc, rateFree });
    const state = createState(DEFAULT_RATES);
    expect(state).toMatchObject({ ...DEFAULT_RATES, rateAlloc, rateFree });
    expect(Object.values(state).filter((value) => value !== 0)).toHaveLength(length);
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
