import { writeSync } from "node:fs";

/** Thrown where the reader of standard output is gone: nothing more to do, and nothing to say. */
export class OutputClosed extends Error {
  override name = "OutputClosed";
}

export const STDOUT = 1;
export const STDERR = 2;

/** How long to wait before a pipe that is full is tried again, where somebody made it non-blocking. */
const RETRY_MS = 2;

/**
 * Writes all of a text to standard output before it returns, whatever standard output is.
 * @throws {OutputClosed} if nobody reads it any more
 */
export function print(text: string): void {
  writeAllSync(STDOUT, text);
}

/** Writes a line to standard error; where even that is impossible there is nobody left to tell. */
export function warn(line: string): void {
  try {
    writeAllSync(STDERR, `${line}\n`);
  } catch {
    // Standard error is closed.
  }
}

function writeAllSync(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new OutputClosed("standard output is closed");
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
