import { InputError, RunError } from "../errors.ts";
import { AppendFile, openToAppend } from "../files/append.ts";
import type { OpenFile } from "../files/own-file.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { RECORDING_FORMAT } from "./recording.ts";

/**
 * A file that a recording grows in by whole lines, each by one write to its end. A recording that is there already is
 * continued; nothing is ever overwritten.
 */
export class RecordingFile {
  readonly #file: AppendFile;
  readonly #shownName: string;

  /**
   * @param option the option that named the file, for messages
   * @param open opens the file for reading and for writing to its end, and creates it where it is missing
   * @throws {InputError} where there is no writing, or something else than a recording
   */
  constructor(path: string, option = "-o", open: (path: string, shown: string) => OpenFile = openToAppend) {
    this.#shownName = escapeUnsafe(path);
    this.#file = new AppendFile(open(path, `${option} ${this.#shownName}`));
    if (!this.#file.isPlain || this.#file.bytes === 0) return;
    if (!this.#file.startsWith(`{"format":"${RECORDING_FORMAT}"`)) {
      this.#file.close();
      throw new InputError(
        `${option} ${this.#shownName}: is there already and is no recording that could be continued: name another file, or remove it`,
      );
    }
    this.#do(() => this.#file.endCutLine());
  }

  /** Whether it is a file of its own, and neither a device nor a pipe. */
  get isPlain(): boolean {
    return this.#file.isPlain;
  }

  /** Bytes of the file, those of earlier recordings included. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /**
   * Adds a line.
   * @throws {RunError} where that fails, with the file as it was before the line
   */
  write(line: string): void {
    this.#do(() => this.#file.append(line));
  }

  close(): void {
    this.#file.close();
  }

  #do(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`${this.#shownName}: ${systemErrorText(error)}: the recording ends here`);
    }
  }
}
