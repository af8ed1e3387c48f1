/** What is said between a study and its worker threads: flat numbers, many runs at a time. */
import { DEFAULT_RATES, RATE_FIELDS, type Rates } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../measures/index.ts";
import type { RunResult, RunTask } from "./runner.ts";

/** Runs to be made: for each its trace, its seed, its world, and the constants in the order of `RATE_FIELDS`. */
export type TaskMessage = Float64Array;

/** Their results: the values of each run, one behind the other, and what those say that failed, by their number. */
export interface ResultMessage {
  readonly values: Float64Array;
  readonly errors: ReadonlyMap<number, string>;
}

/** Numbers of a task in front of its constants. */
const PLACE_NUMBERS = 3;
const TASK_NUMBERS = PLACE_NUMBERS + RATE_FIELDS.length;

export function encodeTasks(tasks: readonly RunTask[]): TaskMessage {
  const message = new Float64Array(tasks.length * TASK_NUMBERS);
  tasks.forEach(({ rates, trace, seed, world }, i) => {
    message.set([trace, seed, world, ...RATE_FIELDS.map(({ key }) => rates[key])], i * TASK_NUMBERS);
  });
  return message;
}

export function* decodeTasks(message: TaskMessage): Generator<RunTask> {
  for (let at = 0; at < message.length; at += TASK_NUMBERS) {
    // A copy of the defaults has their shape, which is what the engine's code was optimised for.
    const rates: { -readonly [K in keyof Rates]: number } = { ...DEFAULT_RATES };
    RATE_FIELDS.forEach(({ key }, i) => {
      rates[key] = message[at + PLACE_NUMBERS + i] as number;
    });
    const [trace, seed, world] = message.subarray(at, at + PLACE_NUMBERS) as unknown as [number, number, number];
    yield { rates, trace, seed, world };
  }
}

export function encodeResults(results: readonly RunResult[]): ResultMessage {
  const values = new Float64Array(results.length * OBJECTIVES.length);
  const errors = new Map<number, string>();
  results.forEach((result, i) => {
    if (result.ok) values.set(result.values, i * OBJECTIVES.length);
    else errors.set(i, result.error);
  });
  return { values, errors };
}

export function* decodeResults({ values, errors }: ResultMessage): Generator<RunResult> {
  for (let i = 0; i * OBJECTIVES.length < values.length; i++) {
    const error = errors.get(i);
    if (error !== undefined) yield { ok: false, error };
    else yield { ok: true, values: [...values.subarray(i * OBJECTIVES.length, (i + 1) * OBJECTIVES.length)] };
  }
}
