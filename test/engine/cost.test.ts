import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../src/engine/index.ts";
import { worldScript } from "../support/generators/arbitraries.ts";
import { EngineLife, QUIET } from "../support/worlds/life.ts";

// The price of a cycle in answers: what the engine does for each is a few assignments.

const WHOLE = { pieces: [Number.POSITIVE_INFINITY], rates: undefined };

function loaded(pages = 40_000): EngineLife {
  const life = new EngineLife(DEFAULT_RATES, pages);
  life.load();
  return life;
}

describe("a cycle", () => {
  it.each([1, 2, 1025, 16_385])("that takes %d pages asks for four things", (pages) => {
    const life = loaded();
    expect(life.quietCycle(pages)).toBe(4);
    expect(life.engine.state.size).toBe(pages);
  });

  it.each([1, 2, 1025, 16_384])("that gives back %d pages asks for four things", (pages) => {
    const life = loaded();
    life.quietCycle(20_000);
    life.quietCycle(20_000);
    expect(life.quietCycle(20_000 - pages)).toBe(4);
    expect(life.engine.state.size).toBe(20_000 - pages);
  });

  it("that changes nothing asks for two things", () => {
    expect(loaded().quietCycle(0)).toBe(2);
  });

  it.each([1, 16_384])("that begins with a reset of %d pages asks for three things more", (pages) => {
    const life = loaded();
    life.quietCycle(pages);
    life.cycle({ ...WHOLE, script: { ...QUIET, targetStatus: 7 } });
    expect(life.quietCycle(0)).toBe(5);
  });

  it("asks for two or three things more for each refused page, however many it moves", () => {
    const price = (target: number, refused: number) => {
      const lock = Array.from({ length: refused }, (_, at) => ({ at: at * 7, status: 5 }));
      return loaded().cycle({ ...WHOLE, script: { ...QUIET, target, lock } });
    };
    expect(price(1000, 10)).toBe(price(16_000, 10));
    expect(price(16_000, 15) - price(16_000, 14)).toBeLessThanOrEqual(3);
  });

  it("never asks for more than ten things, and three more for each refused page", () => {
    fc.assert(
      fc.property(fc.array(worldScript, { minLength: 1, maxLength: 12 }), (scripts) => {
        const life = loaded();
        for (const script of scripts) {
          const before = life.engine.snapshot();
          const asked = life.cycle({ ...WHOLE, script });
          const refused = life.engine.state.refusedAlloc - before.refusedAlloc;
          expect(asked).toBeLessThanOrEqual(10 + 3 * refused);
        }
      }),
      { numRuns: 100 },
    );
  });
});
