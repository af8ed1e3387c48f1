import { readFileSync, statSync } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";

/** Error codes of Node for a file that is too large to be read at once. The operating system reports no error. */
const TOO_LARGE: ReadonlySet<string> = new Set(["ERR_STRING_TOO_LONG", "ERR_FS_FILE_TOO_LARGE"]);

/**
 * The text of a small file or of a pipe, in UTF-8, without a byte order mark.
 * @param shown prefix of messages: the option that named the file, and its name
 * @throws {InputError} if it can't be read, or is a device
 */
export function readTextFile(path: string, shown: string): string {
  try {
    refuseDevice(path, shown);
    // A truncated character at the end belongs to a truncated line, which the line reader handles.
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path), { stream: true });
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`${shown}: ${systemErrorText(error)}`);
    const { code = "" } = error as NodeJS.ErrnoException;
    if (TOO_LARGE.has(code)) throw new InputError(`${shown}: is too large for the kind of file that is expected here`);
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw new InputError(`${shown}: is no text in UTF-8`);
    throw error;
  }
}

/** @throws {InputError} if a path leads to a device: reading it may never end */
export function refuseDevice(path: string, shown: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isCharacterDevice() || stat?.isBlockDevice()) {
    throw new InputError(`${shown}: is a device, expected a file`);
  }
}
