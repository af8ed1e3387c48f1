/**
 * The user's input is invalid. The message is one line with place, error, expected value and remedy. The command line
 * prints it without a stack and exits with 2.
 */
export class InputError extends Error {
  override name = "InputError";
}

/** The run failed, on valid input. */
export class RunError extends Error {
  override name = "RunError";
  /** Exit code of the command. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The output of a run can't be written. The input is not the cause, and further runs would fail in the same way. */
export class OutputError extends RunError {
  override name = "OutputError";
}
