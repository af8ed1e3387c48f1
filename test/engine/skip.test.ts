import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, Engine, Life } from "../../src/engine/index.ts";
import { EngineLife, lives, QUIET } from "../support/worlds/life.ts";

const ANYTIME = { pieces: [Number.POSITIVE_INFINITY], rates: undefined };

describe("skip", () => {
  it("does to the state what that many idle cycles do", () => {
    fc.assert(
      fc.property(lives, fc.nat(40), ({ engine }, n) => {
        fc.pre(engine.canSkip);
        const skipping = new Engine(DEFAULT_RATES);
        skipping.restore(engine.snapshot());
        for (let cycle = 0; cycle < n; cycle++) idle(engine);
        skipping.skip(n);
        expect(skipping.state).toEqual(engine.state);
      }),
      { numRuns: 300 },
    );
  });

  it("uses up slow cycles, and no more than there are", () => {
    const life = atTarget(3000, 100);
    expect(life.engine.state.slow).toBe(3);
    life.engine.skip(2);
    expect(life.engine.state.slow).toBe(1);
    life.engine.skip(2);
    expect(life.engine.state.slow).toBe(0);
  });

  it("wraps counters at 32 bits, as cycles do", () => {
    const { engine } = atTarget(0);
    engine.restore({ ...engine.snapshot(), timer: 2 ** 32 - 2, targetCount: 2 ** 32 - 1 });
    const cycled = new Engine(DEFAULT_RATES);
    cycled.restore(engine.snapshot());
    for (let cycle = 0; cycle < 5; cycle++) idle(cycled);
    engine.skip(5);
    expect(engine.state).toEqual(cycled.state);
    expect(engine.state).toMatchObject({ timer: 3, targetCount: 4 });
  });

  it("takes a month in one go", () => {
    const { engine } = atTarget(700);
    const before = engine.snapshot();
    engine.skip(30 * 86_400);
    expect(engine.state).toEqual({
      ...before,
      timer: before.timer + 30 * 86_400,
      targetCount: before.targetCount + 30 * 86_400,
    });
  });

  const refused: ReadonlyArray<readonly [when: string, engine: () => Engine]> = [
    ["the driver is not loaded", () => new Engine(DEFAULT_RATES)],
    ["the driver is unloaded", () => unloaded()],
    ["a cycle runs", () => busy()],
    ["the balloon is not at its target", () => away()],
    ["a reset is pending", () => resetPending()],
    ["the rates are yet to be clamped", () => ratesChanged()],
  ];
  it.each(refused)("is refused when %s", (_, make) => {
    const engine = make();
    const before = engine.snapshot();
    expect(engine.canSkip).toBe(false);
    expect(() => engine.skip(1)).toThrow(new RangeError("skip: can't skip 1 cycles now"));
    expect(engine.state).toEqual(before);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("is refused for %d cycles", (n) => {
    const { engine } = atTarget(0);
    const before = engine.snapshot();
    expect(() => engine.skip(n)).toThrow(new RangeError(`skip: can't skip ${n} cycles now`));
    expect(engine.state).toEqual(before);
  });
});

/** A cycle in which the host wants what it has. */
function idle(engine: Engine): void {
  engine.cycle();
  engine.step(1 << 20);
  engine.step(0, engine.state.size);
}

/** An engine at its target, after one cycle that took it there. */
function atTarget(target: number, nosleepOk = Number.POSITIVE_INFINITY): EngineLife {
  const life = new EngineLife(DEFAULT_RATES, 50_000);
  life.load();
  life.cycle({ ...ANYTIME, script: { ...QUIET, target, nosleepOk } });
  while (life.engine.state.size < target) life.quietCycle(target);
  expect(life.engine.canSkip).toBe(true);
  return life;
}

function unloaded(): Engine {
  const life = atTarget(0);
  life.exit();
  expect(life.engine.state.life).toBe(Life.Exited);
  return life.engine;
}

function busy(): Engine {
  const { engine } = atTarget(5);
  engine.cycle();
  return engine;
}

function away(): Engine {
  const life = atTarget(5);
  life.quietCycle(20_000);
  expect(life.engine.state.size).toBeLessThan(20_000);
  return life.engine;
}

function resetPending(): Engine {
  const life = atTarget(5);
  life.cycle({ ...ANYTIME, script: { ...QUIET, targetStatus: 7 } });
  expect(life.engine.state).toMatchObject({ size: 5, target: 5 });
  return life.engine;
}

function ratesChanged(): Engine {
  const { engine } = atTarget(5);
  engine.setRates({ ...DEFAULT_RATES, allocMax: 4096 });
  return engine;
}
