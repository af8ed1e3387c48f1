import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, dispatch, Engine, Life, type Rates, Request } from "../../src/engine/index.ts";
import { driverState, NaiveDriver } from "../support/drivers/naive-driver.ts";
import { cycles, smallRates } from "../support/generators/arbitraries.ts";
import { QUIET } from "../support/worlds/life.ts";
import { PageWorld, type WorldScript } from "../support/worlds/page-world.ts";
import { RunPorts } from "../support/worlds/run-ports.ts";

// The proof by a second model: the driver's loops written down once more, page by page, in a world where each page has a
// number. Beyond what the oracle can script: frame numbers over 32 bits, allocations that come in pieces, other constants
// in force from one cycle to the next, and which pages are locked, unlocked and freed, in which order.

/** The engine and the naive driver, each in its own copy of the same world. */
class Pair {
  readonly engine: Engine;
  readonly ports: RunPorts;
  readonly naive: NaiveDriver;
  readonly #engineWorld: PageWorld;
  readonly #naiveWorld: PageWorld;

  constructor(rates: Rates, script: WorldScript, pages = 300) {
    this.#engineWorld = new PageWorld(script, pages);
    this.#naiveWorld = new PageWorld(script, pages);
    this.engine = new Engine(rates);
    this.ports = new RunPorts(this.#engineWorld);
    this.naive = new NaiveDriver(rates, this.#naiveWorld);
  }

  load(): boolean {
    this.#run(this.engine.load());
    const loaded = this.naive.load();
    expect(this.engine.state.life).toBe(loaded ? Life.Loaded : Life.LoadFailed);
    this.compare();
    return loaded;
  }

  cycle(script: WorldScript): void {
    this.#engineWorld.follow(script);
    this.#naiveWorld.follow(script);
    this.#run(this.engine.cycle());
    this.naive.work();
    expect(this.engine.state.life).toBe(Life.Loaded);
    this.compare();
  }

  exit(): void {
    this.#run(this.engine.exit());
    this.naive.exit();
    expect(this.engine.state.life).toBe(Life.Exited);
    expect(this.engine.state.size).toBe(0);
    this.compare();
  }

  compare(): void {
    expect(driverState(this.engine.state)).toEqual(this.naive.state);
    expect(this.#engineWorld.commands).toEqual(this.#naiveWorld.commands);
    expect(this.#engineWorld.free).toEqual(this.#naiveWorld.free);
    expect(this.ports.balloon.toReversed()).toEqual(this.naive.pages);
  }

  #run(first: number): void {
    let answer: [number, number] = [0, 0];
    for (let request = first; request !== Request.None; request = this.engine.step(...answer)) {
      dispatch(this.engine.state, this.ports, this.ports, (one, two) => {
        answer = [one, two];
      });
    }
  }
}

describe("the engine and the driver's loops, page by page", () => {
  it("do the same to every page, send the same commands, count the same", () => {
    fc.assert(
      fc.property(smallRates, cycles, (rates, life) => {
        const pair = new Pair(rates, QUIET);
        pair.load();
        for (const cycle of life) {
          if (cycle.rates !== undefined) {
            pair.engine.setRates(cycle.rates);
            pair.naive.setRates(cycle.rates);
          }
          pair.ports.pieces = cycle.pieces;
          pair.cycle(cycle.script);
        }
        pair.exit();
      }),
      { numRuns: 1000 },
    );
  });

  it("load, or fail to load, alike", () => {
    const status = fc.constantFrom(0, 0, 1, 7, 2 ** 32);
    fc.assert(
      fc.property(status, status, (start, guestId) => {
        const pair = new Pair(DEFAULT_RATES, { ...QUIET, start, guestId });
        expect(pair.load()).toBe(start === 0 && guestId === 0);
      }),
    );
  });

  it("agree at the full rates of the reference driver", () => {
    const pair = new Pair(DEFAULT_RATES, QUIET, 50_000);
    pair.load();
    pair.cycle({ ...QUIET, target: 40_000 });
    expect(pair.engine.state.size).toBe(16_385);
    pair.cycle({ ...QUIET, target: 40_000, nosleepOk: 2047, lock: [{ at: 100, status: 5 }] });
    pair.cycle({ ...QUIET, target: 40_000 });
    pair.cycle({ ...QUIET, target: 0, unlock: [{ at: 9000, status: 8 }] });
    pair.cycle({ ...QUIET, target: 0, largeEvery: 3 });
    pair.exit();
  });
});
