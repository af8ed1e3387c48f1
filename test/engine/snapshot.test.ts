import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createState, DEFAULT_RATES, Engine, type EngineState, Request } from "../../src/engine/index.ts";
import { act, EngineLife, lives } from "../support/worlds/life.ts";

const FLAGS = ["resetRequired", "clampPending", "canSleep", "error", "failAhead", "rejected"] as const;

describe("snapshot and restore", () => {
  it("go on from every moment, in mid-cycle too, to the same end", () => {
    fc.assert(
      fc.property(lives, ({ engine, moments }) => {
        for (let from = 0; from < moments.length; from++) {
          const copy = new Engine(DEFAULT_RATES);
          copy.restore(moments[from].before);
          for (const { before, action } of moments.slice(from)) {
            if (from % 7 === 0) expect(copy.state).toEqual(before);
            act(copy, action);
          }
          expect(copy.state).toEqual(engine.state);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("are one flat record of finite numbers, the same keys at all times", () => {
    const keys = Object.keys(createState(DEFAULT_RATES));
    fc.assert(
      fc.property(lives, ({ moments }) => {
        for (const { before } of moments) {
          expect(Object.keys(before)).toEqual(keys);
          expect(Object.values(before).every(Number.isSafeInteger)).toBe(true);
          for (const flag of FLAGS) expect([0, 1], flag).toContain(before[flag]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("copy the state: the engine and the snapshot do not change each other", () => {
    const { engine } = loaded();
    const snapshot = engine.snapshot();
    const copy: EngineState = { ...snapshot };
    engine.cycle();
    expect(snapshot).toEqual(copy);

    engine.restore(snapshot);
    expect(engine.state).toEqual(copy);
    engine.cycle();
    expect(snapshot).toEqual(copy);
  });

  it("take the constants along", () => {
    const rates = { ...DEFAULT_RATES, allocMax: 4096, slowCycles: 9 };
    const engine = new Engine(DEFAULT_RATES);
    engine.restore(new Engine(rates).snapshot());
    expect(engine.rates).toEqual(rates);
  });

  it("keep the pending request, so that it can be answered after a restore", () => {
    const { engine } = loaded();
    engine.cycle();
    engine.step(1 << 20);
    const request = engine.step(0, 5000);
    const copy = new Engine(DEFAULT_RATES);
    copy.restore(engine.snapshot());
    expect(request).toBe(Request.Allocate);
    expect(copy.state).toMatchObject({ request, count: 5000, value: 0 });
  });
});

function loaded(): EngineLife {
  const life = new EngineLife(DEFAULT_RATES);
  life.load();
  return life;
}
