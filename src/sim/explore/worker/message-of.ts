import { InputError, RunError } from "../../../common/errors.ts";

/** The message of an error of the user's, in one line; of others, too, for there is no console that is read. */
export function messageOf(error: unknown): string {
  // Constants have no file here: their names are in the message itself.
  if (error instanceof InputError || error instanceof RunError)
    return error.message.replace(/^rates: (?:\$\.[\w-]+: )?/, "");
  return `the explorer failed: ${error instanceof Error ? error.message : String(error)}`;
}
