import { InputError, RunError } from "../../../common/errors.ts";
import { FORMAT } from "../../trace/document.ts";

/** The message of an error of the user's, in one line; of others, too, for there is no console that is read. */
export function messageOf(error: unknown): string {
  // Constants have no file here: their names are in the message itself.
  if (error instanceof InputError || error instanceof RunError)
    return error.message.replace(/^rates: (?:\$\.[\w-]+: )?/, "");
  return `the explorer failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** The message about a text that the page can't show, with one hint about what takes it, if it may be no trace. */
export function refusalOf(text: string, error: unknown): string {
  const message = messageOf(error);
  const [, told, kind] = /^(.* is (a study|a host with VMs), expected a trace) \(.*\)$/s.exec(message) ?? [];
  if (told !== undefined) return `${told} (balloon-sim explore FILE -o PAGE makes a page of ${kind})`;
  const hasHint = / expected a trace \(.*\)$/s.test(message);
  return hasHint || text.trim() === "" || text.includes(FORMAT)
    ? message
    : `${message} (balloon-sim import makes traces of logs)`;
}
