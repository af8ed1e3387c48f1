import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_RATES,
  Engine,
  type EngineState,
  GUEST_ID_LINUX,
  PROTOCOL_VERSION,
  Request,
} from "../../src/engine/index.ts";
import { lives } from "../support/worlds/life.ts";

/** What `count` and `value` of each request may be; what has no meaning is 0. */
const MEANINGS: Record<keyof typeof Request, (count: number, value: number, state: EngineState) => boolean> = {
  None: (count, value) => count === 0 && value === 0,
  Start: (count, value) => count === 0 && value === PROTOCOL_VERSION,
  GuestId: (count, value) => count === 0 && value === GUEST_ID_LINUX,
  TotalPages: (count, value) => count === 0 && value === 0,
  GetTarget: (count, value) => count === 0 && value >= 0 && value <= 0xffff_ffff,
  Allocate: (count, value) => count >= 1 && (value === 0 || value === 1),
  Lock: (count, value, { spare }) => count >= 1 && count === spare && value === 0,
  Unlock: (count, value, { size, target }) => count >= 1 && count <= size - target && value === 0,
  Free: (count, value) => count >= 1 && value >= 0 && value <= 2,
};

describe("a request", () => {
  it("has the arguments that belong to it, and 0 where it has none", () => {
    fc.assert(
      fc.property(lives, ({ moments }) => {
        for (const { before } of moments) {
          const name = Object.keys(Request)[before.request] as keyof typeof Request;
          const { count, value } = before;
          expect(MEANINGS[name](count, value, before), `${name} ${count} ${value}`).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("counts as successful, or as a failed allocation, where its answer has no value", () => {
    const engine = new Engine(DEFAULT_RATES);
    engine.load();
    expect(engine.step()).toBe(Request.GuestId);
    expect(engine.step()).toBe(Request.None);
    engine.cycle();
    expect(engine.step()).toBe(Request.GetTarget);
    expect(engine.state.value).toBe(0);
    expect(engine.step()).toBe(Request.None);
    expect(engine.state).toMatchObject({ startFail: 0, guestTypeFail: 0, targetFail: 0, target: 0 });
  });
});
