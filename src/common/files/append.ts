import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import type { OpenFile } from "./own-file.ts";

/**
 * Opens a file for reading and for writing to its end, and creates it where it is missing.
 * @param shown what stands in front of a message
 * @throws {InputError} if it can't be opened
 */
export function openToAppend(path: string, shown: string): OpenFile {
  try {
    const fd = openSync(path, "a+");
    return { fd, stat: fstatSync(fd) };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`${shown}: can't be written: ${systemErrorText(error)}`);
  }
}

/**
 * A file that grows by whole lines. A line that can't be written whole is taken back, so that only a process that is killed
 * leaves a line that is cut short; `endCutLine` or `cutTo` recover the file before it grows again.
 */
export class AppendFile {
  /** Whether it is a file, and neither a device nor a pipe, which have no content to look at or to take back. */
  readonly isPlain: boolean;
  readonly #fd: number;
  #bytes: number;

  /** @param file is open for reading and for writing to its end; `close` closes it */
  constructor({ fd, stat }: OpenFile) {
    this.#fd = fd;
    this.isPlain = stat.isFile();
    this.#bytes = this.isPlain ? stat.size : 0;
  }

  /** Bytes of the file, those that were there when it was opened included; of a device or a pipe, bytes written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the file begins with a text in ASCII. */
  startsWith(text: string): boolean {
    const head = Buffer.alloc(text.length);
    return (
      this.isPlain && readSync(this.#fd, head, 0, head.length, 0) === head.length && head.equals(Buffer.from(text))
    );
  }

  /** Ends a last line that has no line break, so that the next one is a line of its own. */
  endCutLine(): void {
    if (this.#bytes === 0 || !this.isPlain) return;
    const last = Buffer.alloc(1);
    readSync(this.#fd, last, 0, 1, this.#bytes - 1);
    if (last.toString("latin1") !== "\n") this.append("\n");
  }

  /**
   * Adds a line, which ends with a line break.
   * @throws a system error where that fails, with the file as it was before the line
   */
  append(line: string): void {
    const bytes = Buffer.from(line);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      if (done > 0) this.#tryCutTo(this.#bytes);
      throw error;
    }
    this.#bytes += bytes.length;
  }

  /** Removes all bytes of a plain file behind the first `bytes`. @throws a system error where that fails */
  cutTo(bytes: number): void {
    if (!this.isPlain) return;
    ftruncateSync(this.#fd, bytes);
    this.#bytes = bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #tryCutTo(bytes: number): void {
    try {
      this.cutTo(bytes);
    } catch {
      // The readers of these files know a last line that is cut short.
    }
  }
}
