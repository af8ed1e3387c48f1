import { InputError, OutputError, RunError } from "../../../common/errors.ts";

const ERRORS = { input: InputError, output: OutputError, run: RunError } as const;

/** The class of an error, which it loses on its way from a worker thread. */
export type ErrorKind = keyof typeof ERRORS | "other";

export function kindOf(error: unknown): ErrorKind {
  // The class that is derived from another one comes first.
  for (const kind of ["input", "output", "run"] as const) if (error instanceof ERRORS[kind]) return kind;
  return "other";
}

/** The same error, of its class again. */
export function errorOfKind(kind: ErrorKind, error: Error): Error {
  if (kind === "other") return error;
  const same = new ERRORS[kind](error.message);
  if (error.stack !== undefined) same.stack = error.stack;
  return same;
}
