import { InputError, RunError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import type { Params } from "../../engine/index.ts";
import { CauseRecorder, type CauseRecording } from "../causes/index.ts";
import { Summarizer } from "../output/summary.ts";
import { Simulation, type SimulationOptions } from "../run/simulation.ts";
import { openTrace } from "../trace/open.ts";
import type { Trace, TraceSource } from "../trace/types.ts";
import { applyWhatIf, type WhatIf } from "../trace/what-if.ts";
import { observeAll } from "../view/observe-all.ts";
import { BalloonSums, type Measured, measure, type Turn, type Window } from "./measure.ts";
import { type Changed, REMEDIES, type Subject } from "./remedies.ts";
import { OtherWaits } from "./waits.ts";

/** The run that is explained: plain data, which can be sent to a worker thread. */
export interface WhySetup {
  /** File or name of the trace. */
  readonly trace: string;
  readonly driver: string;
  readonly rates: Params;
  /** Replaces the trace's seed; null: the trace's own. */
  readonly seed: string | null;
  readonly whatIf: WhatIf;
}

/** A run that is tried: plain data. */
export interface Trial {
  /** Name of the remedy; null: the run as it is. */
  readonly remedy: string | null;
  /** From 1. */
  readonly world: number;
  readonly windows: readonly Window[];
  /** Mean pace at which the balloon was inflated in the run as it is (`Subject`). */
  readonly pace: number;
}

/** What was measured in a trial; or why there was no such run. */
export type TrialResult =
  | { readonly windows: readonly Measured[]; readonly run: Measured; readonly failure: null }
  | { readonly failure: string };

/** The trace of a setup, opened. @throws {InputError} */
const opened = ({ trace, whatIf }: WhySetup): TraceSource => applyWhatIf(openTrace(trace), whatIf, trace);

/** A trace with another header: its series stay. */
const withTrace = (source: TraceSource, trace: Trace): TraceSource => ({
  trace,
  get events() {
    return source.events;
  },
  get endUs() {
    return source.endUs;
  },
  next: (change) => source.next(change),
  close: () => source.close(),
});

/** Executes a trial. */
export async function runTrial(
  setup: WhySetup,
  { remedy, world, windows, pace }: Trial,
  turn?: Turn,
): Promise<TrialResult> {
  const source = opened(setup);
  try {
    const policy = policyNamed(setup.driver, "--driver");
    const subject: Subject = { trace: source.trace, policy, pace };
    const changed: Changed = REMEDIES.find(({ name }) => name === remedy)?.change(subject) ?? {};
    const sums = { balloon: new BalloonSums(), others: new OtherWaits() };
    const options: SimulationOptions = {
      policy: changed.policy ?? policy,
      rates: changed.policy?.defaults ?? setup.rates,
      world,
      causes: sums.others,
      ...(setup.seed === null ? {} : { seed: setup.seed }),
      ...(changed.mind === undefined ? {} : { mind: changed.mind() }),
    };
    const edited = changed.trace === undefined ? source : withTrace(source, changed.trace);
    return { ...(await measure(new Simulation(edited, options, sums.balloon), sums, windows, turn)), failure: null };
  } catch (error) {
    // A changed guest may not be possible, such as one whose balloon leaves too little memory.
    if (remedy !== null && (error instanceof InputError || error instanceof RunError))
      return { failure: error.message };
    throw error;
  } finally {
    source.close();
  }
}

/** The run as it is, in world 1, with its causes. */
export interface Recorded {
  readonly recording: CauseRecording;
  readonly subject: Subject;
}

const SLICE_EVENTS = 4096;

/** Runs the trace as it is and records its causes. @throws {InputError | RunError} */
export async function record(setup: WhySetup, turn: Turn = () => {}): Promise<Recorded> {
  const source = opened(setup);
  try {
    const policy = policyNamed(setup.driver, "--driver");
    const causes = new CauseRecorder();
    const seed = setup.seed ?? source.trace.seed;
    const summarizer = new Summarizer({ trace: setup.trace, seed, whatIf: "" });
    const options = { policy, rates: setup.rates, seed, causes };
    const simulation = new Simulation(source, options, observeAll([summarizer]));
    while (simulation.runFor(SLICE_EVENTS)) await turn();
    const { pacedPages, timeUs } = summarizer.summary.inflation;
    const pace = timeUs === 0 ? 0 : (pacedPages * 1e6) / timeUs;
    return { recording: causes.recording, subject: { trace: source.trace, policy, pace } };
  } finally {
    source.close();
  }
}
