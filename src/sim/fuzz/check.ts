/** Runs one scenario with all checks. */
import { messageOf, RunError } from "../../common/errors.ts";
import { GuestCrash } from "../../engine/index.ts";
import { columnsOf } from "../output/columns.ts";
import { Recorder } from "../output/recorder.ts";
import { RowEncoder, WHOLE_DOCUMENT } from "../output/row-format.ts";
import { Invariants } from "../run/invariants.ts";
import { type RunParts, Simulation } from "../run/simulation.ts";
import { readTrace } from "../trace/read.ts";
import type { Scenario } from "./scenario.ts";

/** An error that a scenario has shown. */
export interface Failure {
  /** The check that failed: a smaller scenario must fail the same one. */
  readonly kind: "invariant" | "stuck" | "target" | "repetition" | "error";
  readonly atUs: number;
  readonly message: string;
}

/** The result of checking a scenario. */
export interface Checked {
  readonly failure: Failure | null;
  /** Events, and virtual seconds, of its first run. */
  readonly events: number;
  readonly simulatedSeconds: number;
}

/** Maximum number of events in a second of virtual time: a driver without batches makes two for each page. */
const MAX_EVENTS_PER_SECOND = 2_000_000;

/**
 * Runs a scenario twice: the first time event by event, with a check of all invariants after each; the second time to
 * compare the rows.
 * @param tamper called after every event; tests break something in it to see that the check fails
 */
export function check(scenario: Scenario, tamper: (parts: RunParts, event: number) => void = () => {}): Checked {
  const first = new Watched(scenario);
  let failure: Failure | null;
  try {
    failure = first.run(tamper);
  } catch (error) {
    failure = first.endsIn(error) ? null : first.failed("error", messageOf(error));
  }
  const { events, atUs } = first;
  const simulatedSeconds = atUs / 1e6;
  if (failure !== null) return { failure, events, simulatedSeconds };
  const second = new Watched(scenario);
  second.runPlainly();
  const difference = firstDifference(first.lines, second.lines);
  if (difference !== null) failure = second.failed("repetition", difference);
  return { failure, events, simulatedSeconds };
}

/** A run that keeps its rows. */
class Watched {
  readonly lines: string[] = [];
  events = 0;
  readonly #scenario: Scenario;
  readonly #simulation: Simulation;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { policy, rates } = scenario;
    const columns = columnsOf(policy);
    const encoder = new RowEncoder("csv", columns, WHOLE_DOCUMENT);
    const recorder = new Recorder(policy, columns, "change", encoder, (text) => this.lines.push(text));
    const source = readTrace(JSON.stringify(scenario.document), "fuzz");
    this.#simulation = new Simulation(source, { policy, rates }, recorder);
  }

  get atUs(): number {
    return this.#simulation.view.timeUs;
  }

  failed(kind: Failure["kind"], message: string): Failure {
    return { kind, atUs: this.atUs, message };
  }

  run(tamper: (parts: RunParts, event: number) => void): Failure | null {
    const simulation = this.#simulation;
    const { parts } = simulation;
    const invariants = new Invariants(parts);
    let second = -1;
    let eventsInSecond = 0;
    do {
      const wrong = invariants.violated();
      if (wrong !== null) return this.failed("invariant", wrong);
      const now = Math.floor(this.atUs / 1e6);
      eventsInSecond = now === second ? eventsInSecond + 1 : 0;
      second = now;
      if (eventsInSecond > MAX_EVENTS_PER_SECOND) return this.failed("stuck", `second ${second} does not end`);
      tamper(parts, this.events++);
    } while (simulation.runFor(1));
    this.lines.push(simulation.finalDraw());
    return this.#missedTarget();
  }

  runPlainly(): void {
    try {
      this.#simulation.run();
      this.lines.push(this.#simulation.finalDraw());
    } catch (error) {
      if (!this.endsIn(error)) throw error;
    }
  }

  /** Whether an error is a legitimate end of a run, which it notes: the driver crashes its guest as the real one would. */
  endsIn(error: unknown): boolean {
    const isCrash = error instanceof RunError && error.cause instanceof GuestCrash;
    if (isCrash) this.lines.push(error.message);
    return isCrash;
  }

  /** Checks at the end that a balloon above its constant target has reached it, for which it has had enough time. */
  #missedTarget(): Failure | null {
    const { balloon, host } = this.#simulation.view;
    const slack = host.target === 0 ? 0 : (this.#scenario.policy.slack ?? 0);
    if (!balloon.isLoaded || balloon.size <= host.target + slack) return null;
    const since = `${this.#scenario.document.duration - this.#scenario.calmFrom} s`;
    return this.failed(
      "target",
      `${balloon.size} pages in the balloon, ${since} after its target became ${host.target}`,
    );
  }
}

function firstDifference(a: readonly string[], b: readonly string[]): string | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return `row ${i} differs when run again: ${a[i]?.trim()} and ${b[i]?.trim()}`;
  }
  return null;
}
