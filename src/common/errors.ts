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

/**
 * Whether the cause of an error is the work itself: the error occurs again wherever the work is repeated, and other work
 * may succeed.
 */
export const isOfWork = (error: unknown): error is InputError | RunError =>
  error instanceof InputError || (error instanceof RunError && !(error instanceof OutputError));

/** The message of an error: errors of input and of runs are sentences, an unexpected one is named by its class. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof InputError || error instanceof RunError ? error.message : `${error.name}: ${error.message}`;
}

/** An error of work as plain data, for another process. */
export interface Failure {
  readonly isInput: boolean;
  readonly message: string;
  readonly exitCode: number;
}

export const failureDataOf = (error: InputError | RunError): Failure => ({
  isInput: error instanceof InputError,
  message: error.message,
  exitCode: error instanceof RunError ? error.exitCode : 2,
});

/** The error of a failure, with its class restored. */
export const errorOf = ({ isInput, message, exitCode }: Failure): InputError | RunError =>
  isInput ? new InputError(message) : new RunError(message, exitCode);
