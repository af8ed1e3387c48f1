import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { InputError, RunError } from "../errors.ts";
import type { OpenFile } from "../files/own-file.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { RECORDING_FORMAT } from "./recording.ts";

const NEWLINE = 10;

function openAnyFile(path: string, shown: string): OpenFile {
  try {
    // Created where it is missing, as `a` does, and readable, to see what is there.
    const fd = openSync(path, "a+");
    return { fd, stat: fstatSync(fd) };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`${shown}: can't be written: ${systemErrorText(error)}`);
  }
}

/**
 * A file that a recording grows in by whole lines, each by one write to its end. A recording that is there already is
 * continued; nothing is ever overwritten.
 */
export class RecordingFile {
  readonly #fd: number;
  readonly #option: string;
  readonly #shownName: string;
  readonly #isPlain: boolean;
  #bytes: number;

  /**
   * @param option the option that named the file, for messages
   * @param open opens the file for reading and for writing to its end, and creates it where it is missing
   * @throws {InputError} where there is no writing, or something else than a recording
   */
  constructor(path: string, option = "-o", open: (path: string, shown: string) => OpenFile = openAnyFile) {
    this.#option = option;
    this.#shownName = escapeUnsafe(path);
    const { fd, stat } = open(path, `${this.#option} ${this.#shownName}`);
    this.#fd = fd;
    this.#isPlain = stat.isFile();
    this.#bytes = this.#isPlain ? stat.size : 0;
    if (this.#bytes > 0) this.#continue();
  }

  /** Whether it is a file of its own, and neither a device nor a pipe. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Bytes of the file, those of earlier recordings included. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds a line.
   * @throws {RunError} where that fails, with the file as it was before the line
   */
  write(line: string): void {
    const bytes = Buffer.from(line);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (done > 0 && this.#isPlain) this.#cutTo(this.#bytes);
      throw new RunError(`${this.#shownName}: ${systemErrorText(error)}: the recording ends here`);
    }
    this.#bytes += bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Makes sure that what is there is a recording, and ends a line that was cut short when it was ended. */
  #continue(): void {
    const head = Buffer.alloc(64);
    const start = head.subarray(0, readSync(this.#fd, head, 0, head.length, 0)).toString("latin1");
    if (!start.startsWith(`{"format":"${RECORDING_FORMAT}"`)) {
      closeSync(this.#fd);
      throw new InputError(
        `${this.#option} ${this.#shownName}: is there already and is no recording that could be continued: name another file, or remove it`,
      );
    }
    const last = Buffer.alloc(1);
    readSync(this.#fd, last, 0, 1, this.#bytes - 1);
    if (last[0] !== NEWLINE) this.write("\n");
  }

  /** Takes back the part of a line that found room before the disk was full. */
  #cutTo(bytes: number): void {
    try {
      ftruncateSync(this.#fd, bytes);
    } catch {
      // The reader of recordings knows a last line that is cut short.
    }
  }
}
