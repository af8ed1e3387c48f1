import { closeSync, fstatSync, ftruncateSync, openSync, readSync, type Stats, writeSync } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";

/** A file that is open for reading and appending. */
export interface OpenFile {
  readonly fd: number;
  readonly stat: Stats;
}

/**
 * Opens a file for reading and appending, and creates it if it is missing.
 * @param shown prefix of messages
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
 * A file that grows by whole lines. A line that can't be written whole is removed again, so that only a killed process
 * leaves a truncated line; `endCutLine` or `cutTo` repair the file before it grows again.
 */
export class AppendFile {
  /** Whether it is a regular file, not a device or a pipe: their content can't be read or truncated. */
  readonly isPlain: boolean;
  readonly #fd: number;
  #bytes: number;

  /** @param file open for reading and appending; `close` closes it */
  constructor({ fd, stat }: OpenFile) {
    this.#fd = fd;
    this.isPlain = stat.isFile();
    this.#bytes = this.isPlain ? stat.size : 0;
  }

  /** Size of the file in bytes, earlier content included; for a device or a pipe, bytes written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the file begins with `text`, in ASCII. */
  startsWith(text: string): boolean {
    const head = Buffer.alloc(text.length);
    return (
      this.isPlain && readSync(this.#fd, head, 0, head.length, 0) === head.length && head.equals(Buffer.from(text))
    );
  }

  /** Ends a last line that has no line break, so that the next line begins after it. */
  endCutLine(): void {
    if (this.#bytes === 0 || !this.isPlain) return;
    const last = Buffer.alloc(1);
    readSync(this.#fd, last, 0, 1, this.#bytes - 1);
    if (last.toString("latin1") !== "\n") this.append("\n");
  }

  /**
   * Appends a line, which must end with a line break.
   * @throws a system error if that fails; the file is then as it was before
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

  /** Truncates a plain file to its first `bytes` bytes. @throws a system error if that fails */
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
      // Readers of these files accept a truncated last line.
    }
  }
}
