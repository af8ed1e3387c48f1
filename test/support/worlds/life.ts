import fc from "fast-check";
import { dispatch, Engine, type EngineState, Life, type Rates, Request } from "../../../src/engine/index.ts";
import { type Cycle, cycles, smallRates } from "../generators/arbitraries.ts";
import { PageWorld, type WorldScript } from "./page-world.ts";
import { RunPorts } from "./run-ports.ts";

/** A world that grants every wish and wants nothing. */
export const QUIET: WorldScript = {
  target: 0,
  targetStatus: 0,
  nosleepOk: Number.POSITIVE_INFINITY,
  sleepOk: Number.POSITIVE_INFINITY,
  lock: [],
  unlock: [],
  start: 0,
  guestId: 0,
  totalPages: 1 << 20,
  largeEvery: 0,
  movedEvery: 0,
};

/** Something that is done to an engine. */
export type Action =
  | { readonly do: "load" | "cycle" | "exit" }
  | { readonly do: "setRates"; readonly rates: Rates }
  | { readonly do: "step"; readonly first: number; readonly second: number };

/** An action, and the state that it met. */
export interface Moment {
  readonly before: EngineState;
  readonly action: Action;
}

/** Does `action` to an engine; returns what the engine asks for then. */
export function act(engine: Engine, action: Action): number {
  if (action.do === "step") return engine.step(action.first, action.second);
  if (action.do !== "setRates") return engine[action.do]();
  engine.setRates(action.rates);
  return Request.None;
}

/** An engine in a world of its own, with all that was done to it. */
export class EngineLife {
  readonly engine: Engine;
  readonly moments: Moment[] = [];
  readonly #world: PageWorld;
  readonly #ports: RunPorts;

  constructor(rates: Rates, pages = 300) {
    this.engine = new Engine(rates);
    this.#world = new PageWorld(QUIET, pages);
    this.#ports = new RunPorts(this.#world);
  }

  load(script: WorldScript = QUIET): void {
    this.#world.follow(script);
    this.#run({ do: "load" });
  }

  /** Runs a cycle; returns how many answers it took. */
  cycle({ script, pieces, rates }: Cycle): number {
    if (rates !== undefined) this.#do({ do: "setRates", rates });
    this.#world.follow(script);
    this.#ports.pieces = pieces;
    return this.#run({ do: "cycle" });
  }

  /** Runs a cycle in which the host wants `target` and all goes well otherwise. */
  quietCycle(target: number): number {
    return this.cycle({ script: { ...QUIET, target }, pieces: [Number.POSITIVE_INFINITY], rates: undefined });
  }

  exit(): void {
    this.#run({ do: "exit" });
  }

  #run(begin: Action): number {
    let answers = 0;
    let next: Action = begin;
    while (this.#do(next) !== Request.None) {
      dispatch(this.engine.state, this.#ports, this.#ports, (first, second) => {
        next = { do: "step", first, second };
      });
      answers++;
    }
    return answers;
  }

  #do(action: Action): number {
    this.moments.push({ before: this.engine.snapshot(), action });
    return act(this.engine, action);
  }
}

/** Engines that have been through any number of cycles; some of them have been unloaded too. */
export const lives: fc.Arbitrary<EngineLife> = fc
  .record({ rates: smallRates, cycles, unloaded: fc.boolean() })
  .map(({ rates, cycles, unloaded }) => {
    const life = new EngineLife(rates);
    life.load();
    for (const cycle of cycles) life.cycle(cycle);
    if (unloaded && life.engine.state.life === Life.Loaded) life.exit();
    return life;
  });
