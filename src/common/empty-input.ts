import { InputError } from "./errors.ts";

/** Name of standard input in messages. */
const SHOWN_STDIN = "<stdin>";

/**
 * The error for an input without text.
 * @param shown its name in messages, escaped
 * @param expected what it should have been
 */
export const emptyInput = (shown: string, expected: string): InputError =>
  new InputError(
    `${shown}: is empty, expected ${expected}${shown === SHOWN_STDIN ? ": pipe its text into the command, or name a file instead of -" : ""}`,
  );
