/** A run of a host for a page: its curves, and its result in data and in words. */

import type { Ms } from "../../../../common/units.ts";
import type { HostResult } from "../../../hosts/measures/results.ts";
import { type RunHostOptions, runHostSliced } from "../../../hosts/run-host.ts";
import type { HostScenario } from "../../../hosts/scenario/types.ts";
import { CurveRecorder, type HostCurves } from "../../../report/host/curves.ts";
import { HOST_COLUMNS } from "../../../report/host/host-columns.ts";
import { notesOf } from "../../../report/host/notes.ts";
import { RecordRows } from "../../../report/host/record-rows.ts";
import { hostEveryUs } from "../../../report/host/row-times.ts";
import { aboutResult, hostProperties, verdict } from "../../../report/host/summary.ts";
import type { HostMoments } from "../moments.ts";
import type { RanInPage } from "../protocol.ts";
import { MomentRecorder } from "./moment-recorder.ts";

/** One run, which its owner advances. */
export class PageRun {
  readonly #scenario: HostScenario;
  readonly #recorder: CurveRecorder;
  readonly #moments: MomentRecorder;
  #result: HostResult | null = null;
  #ran: RanInPage | null = null;

  constructor(scenario: HostScenario) {
    this.#scenario = scenario;
    this.#recorder = new CurveRecorder(scenario, scenario.durationUs);
    this.#moments = new MomentRecorder(scenario);
  }

  /** Runs the host; yields the progress, 0 to 1. */
  *slices(): Generator<number, void, void> {
    const recorder = this.#recorder;
    const { everyUs } = recorder;
    const observers = [recorder, this.#moments].map((observer) => ({ observer, everyUs }));
    this.#result = yield* runHostSliced(this.#scenario, { observers });
  }

  /** The run is over. @param ms the time that the worker has spent on it */
  end(ms: Ms): void {
    const [scenario, result] = [this.#scenario, this.#result];
    if (result === null) throw new Error("the run is not over");
    this.#ran = {
      result,
      verdict: verdict(result),
      properties: hostProperties(scenario, result),
      notes: [
        ...scenario.assumed.map((sentence) => `Assumed: ${sentence}`),
        ...aboutResult(result),
        ...notesOf(scenario),
      ],
      ms,
    };
  }

  /** What became of the host; null: the run is not over. */
  get ran(): RanInPage | null {
    return this.#ran;
  }

  /** The curves so far. */
  get curves(): HostCurves {
    return this.#recorder.curves;
  }

  /** The host and its VMs at the times of the curves. */
  get moments(): HostMoments {
    return this.#moments.moments;
  }
}

/** The rows that `balloon-sim host -o` writes of a host, as CSV; yields while it runs. */
export function* rowsOf(scenario: HostScenario): Generator<void, string, void> {
  const pieces: string[] = [];
  // States of the bundled policies are plain words, which need no quotes.
  const rows = new RecordRows(HOST_COLUMNS, "csv", { write: (text) => pieces.push(text), field: (text) => text });
  const observer: NonNullable<RunHostOptions["observers"]>[number]["observer"] = {
    sample: (view) => rows.add(view),
    end: (view) => {
      rows.add(view);
      rows.end();
    },
  };
  for (const _ of runHostSliced(scenario, {
    observers: [{ observer, everyUs: hostEveryUs(scenario.durationUs) }],
  }))
    yield;
  return pieces.join("");
}
