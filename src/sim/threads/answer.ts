import { InputError, OutputError, RunError } from "../../common/errors.ts";

const ERRORS = { input: InputError, output: OutputError, run: RunError } as const;

/** The class of an error, which it loses on its way from a worker thread. */
type ErrorKind = keyof typeof ERRORS | "other";

/** What a worker thread answers to a task: its result, or the error that it failed with. */
export type Answer<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly kind: ErrorKind; readonly error: Error };

/** Makes of a function the default export of a worker's module, which `ThreadPool` calls for each task. */
export const answering =
  <Task, Result>(work: (task: Task) => Result | Promise<Result>) =>
  async (task: Task): Promise<Answer<Result>> => {
    try {
      return { ok: true, result: await work(task) };
    } catch (error) {
      return { ok: false, kind: kindOf(error), error: error instanceof Error ? error : new Error(String(error)) };
    }
  };

/** The result of an answer. @throws the error of the task, of its class again */
export function resultOf<Result>(answer: Answer<Result>): Result {
  if (answer.ok) return answer.result;
  const { kind, error } = answer;
  if (kind === "other") throw error;
  const same = new ERRORS[kind](error.message);
  if (error.stack !== undefined) same.stack = error.stack;
  throw same;
}

function kindOf(error: unknown): ErrorKind {
  // The class that is derived from another one comes first.
  for (const kind of ["input", "output", "run"] as const) if (error instanceof ERRORS[kind]) return kind;
  return "other";
}
