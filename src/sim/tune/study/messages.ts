/** The messages between a study and its worker threads: flat arrays of numbers, for many runs at a time. */
import type { Tunable } from "../tunable.ts";
import type { FailedRun, RunResult, RunTask } from "./runner.ts";

/** Runs to execute: for each its trace, its seed, its world, and the rates in the order of the driver's parameters. */
export type TaskMessage = Float64Array;

/** Their results: the values of each run, one after the other, and the errors of failed ones, by index. */
export interface ResultMessage {
  /** Number of runs. */
  readonly runs: number;
  readonly values: Float64Array;
  readonly errors: ReadonlyMap<number, FailedRun>;
}

/** Numbers of a task before its rates. */
const PLACE_NUMBERS = 3;

export function encodeTasks(tasks: readonly RunTask[], { params }: Tunable): TaskMessage {
  const length = PLACE_NUMBERS + params.length;
  const message = new Float64Array(tasks.length * length);
  tasks.forEach(({ rates, trace, seed, world }, i) => {
    message.set([trace, seed, world, ...params.map(({ key }) => rates[key] as number)], i * length);
  });
  return message;
}

export function* decodeTasks(message: TaskMessage, { params, defaults }: Tunable): Generator<RunTask> {
  const length = PLACE_NUMBERS + params.length;
  for (let at = 0; at < message.length; at += length) {
    // A copy of the defaults has their hidden class, for which V8 has optimised the driver's code.
    const rates: Record<string, number> = { ...defaults };
    params.forEach(({ key }, i) => {
      rates[key] = message[at + PLACE_NUMBERS + i] as number;
    });
    const [trace, seed, world] = message.subarray(at, at + PLACE_NUMBERS) as unknown as [number, number, number];
    yield { rates, trace, seed, world };
  }
}

export function encodeResults(results: readonly RunResult[]): ResultMessage {
  const length = results.find((result) => result.ok)?.values.length ?? 0;
  const values = new Float64Array(results.length * length);
  const errors = new Map<number, FailedRun>();
  results.forEach((result, i) => {
    if (result.ok) values.set(result.values, i * length);
    else errors.set(i, failedRun(result));
  });
  return { runs: results.length, values, errors };
}

const failedRun = ({ error, isInput }: FailedRun): FailedRun => (isInput ? { error, isInput } : { error });

export function* decodeResults({ runs, values, errors }: ResultMessage): Generator<RunResult> {
  const length = values.length / runs;
  for (let i = 0; i < runs; i++) {
    const error = errors.get(i);
    if (error !== undefined) yield { ok: false, ...error };
    else yield { ok: true, values: [...values.subarray(i * length, (i + 1) * length)] };
  }
}
