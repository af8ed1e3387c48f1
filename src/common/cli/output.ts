import { writeSync } from "node:fs";
import { RunError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";

/** Thrown when the reader of standard output is gone. The command then ends without a message. */
export class OutputClosed extends Error {
  override name = "OutputClosed";
}

/** Standard output, with its name in messages. */
export const STDOUT = { fd: 1, name: "standard output" } as const;
/** Standard error. */
export const STDERR = { fd: 2, name: "standard error" } as const;

/** Wait before writing to a full pipe again, if another process has made the pipe non-blocking. */
export const RETRY_MS = 2;

/**
 * Writes a whole text to standard output before it returns: standard output may be a terminal, a file or a pipe.
 * @throws {OutputClosed} if the reader has closed its end
 * @throws {RunError} if it can't be written, because the disk is full or for another reason
 */
export function print(text: string): void {
  writeAllSync(STDOUT, text);
}

/** Writes a line to standard error. Ignores failures, because there is no way to report them. */
export function warn(line: string): void {
  try {
    writeAllSync(STDERR, `${line}\n`);
  } catch {
    // Standard error is closed.
  }
}

function writeAllSync({ fd, name }: { readonly fd: number; readonly name: string }, text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new OutputClosed("standard output is closed");
      if (code !== "EAGAIN") throw isSystemError(error) ? new RunError(`${name}: ${systemErrorText(error)}`) : error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
