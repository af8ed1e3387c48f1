import { failureOf } from "../../common/cli/failure.ts";
import { warn } from "../../common/cli/output.ts";
import { InputError, RunError } from "../../common/errors.ts";
import { shownInput } from "../trace/input.ts";

/** A trace that could not be read or run, and the reason. */
export interface FailedTrace {
  readonly trace: string;
  readonly error: InputError | RunError;
}

/** The error of a trace as a line that names the trace; an error during a run does not always name it. */
export function traceLine({ trace, error }: FailedTrace): string {
  const line = failureOf(error).line ?? "";
  const name = shownInput(trace);
  return line.includes(`${name}:`) ? line : `${name}: ${line}`;
}

/** Prints that line on standard error. */
export const warnOfTrace = (failed: FailedTrace): void => warn(`balloon-sim: ${traceLine(failed)}`);

/**
 * The error of a command some of whose traces failed, after a line about each: exit code 2 if one of them is bad input,
 * else 1.
 * @param rest end of the message, about the other traces
 * @param what the kind of files
 */
export function badTraces(
  failed: readonly FailedTrace[],
  of: number,
  rest: string,
  what = "traces",
): InputError | RunError {
  const isInput = failed.some(({ error }) => error instanceof InputError);
  const line = `${failed.length} of ${of} ${what} ${isInput ? "could not be used" : "failed"}: ${rest}`;
  return isInput ? new InputError(line) : new RunError(line);
}
