import { readFileSync } from "node:fs";
import { InputError } from "./errors.ts";
import { isSystemError, systemErrorText } from "./system-error.ts";

/** What Node says of a file that is too large to be one text; the system has no objection. */
const TOO_LARGE: ReadonlySet<string> = new Set(["ERR_STRING_TOO_LONG", "ERR_FS_FILE_TOO_LARGE"]);

/**
 * The text of a small file, without a byte order mark.
 * @param shown what stands in front of a message: the option that named the file, and its name
 * @throws {InputError} if it can't be read
 */
export function readTextFile(path: string, shown: string): string {
  try {
    const text = readFileSync(path, "utf8");
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`${shown}: ${systemErrorText(error)}`);
    if (TOO_LARGE.has((error as NodeJS.ErrnoException).code ?? "")) {
      throw new InputError(`${shown}: is far too large to be what is expected here`);
    }
    throw error;
  }
}
