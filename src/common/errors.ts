/**
 * What the user gave us can't be used: one line that says what, where, what was expected and what to do. The command
 * line prints it without a stack and exits with 2.
 */
export class InputError extends Error {
  override name = "InputError";
}

/** The run itself failed, on input that was good: exit 1. */
export class RunError extends Error {
  override name = "RunError";
}
