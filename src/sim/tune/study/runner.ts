import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { ObjectiveMeter } from "../../measures/meter.ts";
import { Simulation } from "../../run/simulation.ts";
import type { WhatIf } from "../../trace/what-if.ts";
import type { HeldTrace } from "./held-trace.ts";
import { policyOf } from "./study-space.ts";
import { holdTrace, type TraceText } from "./trace-text.ts";

/** The data that all runs of a study share. Plain data: each worker thread receives it once. */
export interface RunSetup {
  /** Name of the driver as the study's journal stores it; the default driver if absent. */
  readonly driver?: string | undefined;
  readonly traces: readonly TraceText[];
  /** Changes to every trace. */
  readonly whatIf: WhatIf;
  /** Seeds of the runs. They matter only to traces whose host's rules draw random numbers (`HeldTrace.isRandom`). */
  readonly seeds: readonly string[];
}

/**
 * One run: values of the driver's parameters, indices of trace and seed in the setup, and the number of the world, from
 * 1.
 */
export interface RunTask {
  readonly rates: Params;
  readonly trace: number;
  readonly seed: number;
  readonly world: number;
}

/** The result of a run: the values of `OBJECTIVES`, in that order and in their units, or an error message. */
export type RunResult =
  | { readonly ok: true; readonly values: readonly number[] }
  | { readonly ok: false; readonly error: string };

/** Called between the slices of a run, and awaited, so that the event loop handles signals. */
export type Turn = () => Promise<void> | void;

/** Events of a slice: a few milliseconds of real time. */
const SLICE_EVENTS = 2048;

/** Executes runs, in a worker thread or in the main thread. It parses each trace once, in the constructor. */
export class Runner {
  readonly #traces: readonly HeldTrace[];
  readonly #seeds: readonly string[];
  readonly #policy: BalloonPolicy;

  /** @throws {InputError} if a trace is malformed */
  constructor({ driver, traces, whatIf, seeds }: RunSetup) {
    this.#policy = policyOf({ driver });
    this.#traces = traces.map((text) => holdTrace(text, whatIf));
    this.#seeds = seeds;
  }

  /** Executes a run. An error is a result, too, and does not stop the study: parameters may have values that fail. */
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
