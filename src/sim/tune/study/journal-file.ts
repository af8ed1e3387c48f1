import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { InputError, RunError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";

/** A file that grows by whole lines, each by one write to its end. */
export class JournalFile {
  readonly #fd: number;
  readonly #shownName: string;
  #bytes: number;

  /**
   * @param bytes how much of what is there stays; the rest is cut off
   * @throws {InputError} where there is no writing
   */
  constructor(path: string, bytes: number) {
    this.#shownName = escapeUnsafe(path);
    this.#bytes = bytes;
    try {
      this.#fd = openSync(path, bytes === 0 ? "w" : "r+");
      if (bytes > 0) ftruncateSync(this.#fd, bytes);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new InputError(`${this.#shownName}: can't be written: ${systemErrorText(error)}`);
    }
  }

  /**
   * Adds a line, which ends with a line break.
   * @throws {RunError} where that fails, with the file as it was before the line
   */
  append(line: string): void {
    const bytes = Buffer.from(line);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#bytes + done);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (done > 0) this.#tryCutTo(this.#bytes);
      throw new RunError(`${this.#shownName}: ${systemErrorText(error)}: the study can be resumed from here`);
    }
    this.#bytes += bytes.length;
  }

  /** Cuts off what is behind so many bytes. */
  cutTo(bytes: number): void {
    ftruncateSync(this.#fd, bytes);
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #tryCutTo(bytes: number): void {
    try {
      ftruncateSync(this.#fd, bytes);
    } catch {
      // Whoever reads the journal knows a last line that is cut short.
    }
  }
}
