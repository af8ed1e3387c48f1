import type { BalloonPolicy } from "../../../engine/index.ts";
import { ObjectiveMeter } from "../../measures/meter.ts";
import { Simulation } from "../../run/simulation.ts";
import type { HeldTrace } from "./held-trace.ts";
import type { RunTask, Turn } from "./run-task.ts";

/** What a study runs: a trace, or a host with its VMs. It is in memory, and can be run any number of times. */
export interface Subject {
  /**
   * Executes a run.
   * @returns the values of the objectives of its kind (`objectivesOf`), in their order, to six decimals
   * @throws if it can't be run with these values
   */
  run(task: Omit<RunTask, "trace">, turn: Turn): Promise<readonly number[]>;
}

/** Events of a slice: a few milliseconds of real time. */
const SLICE_EVENTS = 2048;

/** A trace, run with the rates of a driver. */
export class TraceSubject implements Subject {
  readonly #held: HeldTrace;
  readonly #policy: BalloonPolicy;
  readonly #seeds: readonly string[];

  constructor(held: HeldTrace, policy: BalloonPolicy, seeds: readonly string[]) {
    this.#held = held;
    this.#policy = policy;
    this.#seeds = seeds;
  }

  async run({ rates, seed, world }: Omit<RunTask, "trace">, turn: Turn): Promise<readonly number[]> {
    const meter = new ObjectiveMeter();
    const simulation = new Simulation(
      this.#held.open(),
      { policy: this.#policy, rates, seed: this.#seeds[seed] as string, world },
      meter,
    );
    while (simulation.runFor(SLICE_EVENTS)) await turn();
    return meter.values;
  }
}
