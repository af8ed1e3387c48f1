import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { ObjectiveMeter } from "../../measures/meter.ts";
import { Simulation } from "../../run/simulation.ts";
import type { WhatIf } from "../../trace/what-if.ts";
import type { HeldTrace } from "./held-trace.ts";
import { policyOf } from "./study-space.ts";
import { holdTrace, type TraceText } from "./trace-text.ts";

/** Everything that runs have in common: plain data, which travels to a worker thread once. */
export interface RunSetup {
  /** Name of the driver, as a study's header has it. */
  readonly driver?: string | undefined;
  readonly traces: readonly TraceText[];
  /** What is changed about each of them. */
  readonly whatIf: WhatIf;
  readonly seeds: readonly string[];
}

/** A run to be made: constants, indices into the setup's traces and seeds, and the number of its world. */
export interface RunTask {
  readonly rates: Params;
  readonly trace: number;
  readonly seed: number;
  readonly world: number;
}

/** What a run came to: a value for each of `OBJECTIVES`, or why there is none. */
export type RunResult =
  | { readonly ok: true; readonly values: readonly number[] }
  | { readonly ok: false; readonly error: string };

/** Called between slices of a run, so that others have their turn. */
export type Turn = () => Promise<void> | void;

/** Events between two turns: a few milliseconds' worth. */
const SLICE_EVENTS = 2048;

/** Makes runs, one after the other, of traces that were read once. */
export class Runner {
  readonly #traces: readonly HeldTrace[];
  readonly #seeds: readonly string[];
  readonly #policy: BalloonPolicy;

  /** @throws {InputError} where a trace is damaged */
  constructor({ driver, traces, whatIf, seeds }: RunSetup) {
    this.#policy = policyOf({ driver });
    this.#traces = traces.map((text) => holdTrace(text, whatIf));
    this.#seeds = seeds;
  }

  /** Makes a run. One that fails is a result, too: the constants are at fault, not the study. */
  async run({ rates, trace, seed, world }: RunTask, turn: Turn = () => {}): Promise<RunResult> {
    try {
      const meter = new ObjectiveMeter();
      const source = (this.#traces[trace] as HeldTrace).open();
      const simulation = new Simulation(
        source,
        { policy: this.#policy, rates, seed: this.#seeds[seed] as string, world },
        meter,
      );
      while (simulation.runFor(SLICE_EVENTS)) await turn();
      return { ok: true, values: meter.values };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  }
}
