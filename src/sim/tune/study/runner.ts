import { InputError, messageOf } from "../../../common/errors.ts";
import type { WhatIf } from "../../trace/what-if.ts";
import type { HostTuning, StudyHeader } from "../types.ts";
import { HeldHost } from "./held-host.ts";
import type { RunTask, Turn } from "./run-task.ts";
import { driverOfStudy } from "./study-space.ts";
import { type Subject, TraceSubject } from "./subject.ts";
import { holdTrace, type TraceText } from "./trace-text.ts";

export type { RunTask, Turn } from "./run-task.ts";

/** The data that all runs of a study share. Plain data: each worker thread receives it once. */
export interface RunSetup {
  /** Name of the driver as the study's journal stores it; the default driver if absent. */
  readonly driver?: string | undefined;
  /** For a study of hosts, whose `traces` are those of host files; absent: a study of traces. */
  readonly host?: HostTuning | undefined;
  readonly traces: readonly TraceText[];
  /** Changes to every trace. */
  readonly whatIf: WhatIf;
  /** Seeds of the runs. They matter only to traces whose host's rules draw random numbers (`HeldTrace.isRandom`). */
  readonly seeds: readonly string[];
}

/** The setup of a study's runs. */
export const setupOf = (
  { driver, host, whatIf, seeds }: Pick<StudyHeader, "driver" | "host" | "whatIf" | "seeds">,
  traces: readonly TraceText[],
): RunSetup => ({ driver, host, traces, whatIf, seeds });

/** The result of a run: the values of `objectivesOf`, in that order and in their units, or an error message. */
export type RunResult =
  | { readonly ok: true; readonly values: readonly number[] }
  | ({ readonly ok: false } & FailedRun);

/** Why a run has failed. */
export interface FailedRun {
  readonly error: string;
  /** The input can't be run at all; absent: the run failed. */
  readonly isInput?: true;
}

/** Executes runs, in a worker thread or in the main thread. It parses each trace and host once, in the constructor. */
export class Runner {
  readonly #subjects: readonly Subject[];

  /** @throws {InputError} if a trace or a host is malformed */
  constructor({ driver, host, traces, whatIf, seeds }: RunSetup) {
    this.#subjects = traces.map((text): Subject => {
      if (host !== undefined) return new HeldHost(text, { tuning: host, untilUs: whatIf.untilUs }, seeds);
      return new TraceSubject(holdTrace(text, whatIf), driverOfStudy({ driver }), seeds);
    });
  }

  /** Executes a run. An error is a result, too, and does not stop the study: parameters may have values that fail. */
  async run({ rates, trace, seed, world }: RunTask, turn: Turn = () => {}): Promise<RunResult> {
    try {
      return { ok: true, values: await (this.#subjects[trace] as Subject).run({ rates, seed, world }, turn) };
    } catch (error) {
      return { ok: false, error: messageOf(error), ...(error instanceof InputError ? { isInput: true } : {}) };
    }
  }
}
