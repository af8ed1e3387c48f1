import { failureOf } from "../../common/cli/failure.ts";
import { warn } from "../../common/cli/output.ts";
import { InputError, RunError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";

/** A trace that could not be read or run, and why. */
export interface FailedTrace {
  readonly trace: string;
  readonly error: InputError | RunError;
}

/** What is wrong with a trace, in a line that names it; an error in the midst of a run does not always. */
export function traceLine({ trace, error }: FailedTrace): string {
  const line = failureOf(error).line ?? "";
  const name = escapeUnsafe(trace);
  return line.includes(`${name}:`) ? line : `${name}: ${line}`;
}

/** Says that line on standard error. */
export const warnOfTrace = (failed: FailedTrace): void => warn(`balloon-sim: ${traceLine(failed)}`);

/**
 * What a command ends with where some of its traces can't be used, after a line about each: exit code 2 where one of them is
 * bad input, 1 where runs failed.
 * @param rest what has become of the others
 */
export function badTraces(failed: readonly FailedTrace[], of: number, rest: string): InputError | RunError {
  const line = `${failed.length} of ${of} traces could not be used: ${rest}`;
  return failed.some(({ error }) => error instanceof InputError) ? new InputError(line) : new RunError(line);
}
