import { InputError, OutputError, RunError } from "../../common/errors.ts";

const ERRORS = { input: InputError, output: OutputError, run: RunError } as const;

/** The class of an error, which is lost when a worker thread sends the error. */
type ErrorKind = keyof typeof ERRORS | "other";

/** A worker thread's answer to a task: its result, or the error with which it failed. */
export type Answer<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly kind: ErrorKind; readonly error: Error };

/** Wraps a function as the default export of a worker's module, which `ThreadPool` calls for each task. */
export const answering =
  <Task, Result>(work: (task: Task) => Result | Promise<Result>) =>
  async (task: Task): Promise<Answer<Result>> => {
    try {
      return { ok: true, result: await work(task) };
    } catch (error) {
      return { ok: false, kind: kindOf(error), error: error instanceof Error ? error : new Error(String(error)) };
    }
  };

/** The result of an answer. @throws the error of the task, with its class restored */
export function resultOf<Result>(answer: Answer<Result>): Result {
  if (answer.ok) return answer.result;
  const { kind, error } = answer;
  if (kind === "other") throw error;
  const same = new ERRORS[kind](error.message);
  if (error.stack !== undefined) same.stack = error.stack;
  throw same;
}

function kindOf(error: unknown): ErrorKind {
  // A derived class must be checked before its base class.
  for (const kind of ["input", "output", "run"] as const) if (error instanceof ERRORS[kind]) return kind;
  return "other";
}
