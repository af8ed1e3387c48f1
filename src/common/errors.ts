/**
 * What the user gave us can't be used: one line that says what, where, what was expected and what to do. The command
 * line prints it without a stack and exits with 2.
 */
export class InputError extends Error {
  override name = "InputError";
}

/** The run itself failed, on input that was good. */
export class RunError extends Error {
  override name = "RunError";
  /** What the command ends with. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The output of a run can't be written: its input is not the reason, and the next run would fail in the same way. */
export class OutputError extends RunError {
  override name = "OutputError";
}
