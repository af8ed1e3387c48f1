import { InputError, RunError } from "../errors.ts";
import { AppendFile, openToAppend } from "../files/append.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { RECORDING_FORMAT } from "./recording.ts";

/**
 * A file to which a recording appends whole lines, each by one write. An existing recording is continued; nothing is
 * ever overwritten.
 */
export class RecordingFile {
  readonly #file: AppendFile;
  readonly #shownName: string;

  /**
   * @param option the option that named the file, for messages
   * @throws {InputError} if it can't be written, or is not a recording
   */
  constructor(path: string, option = "-o") {
    this.#shownName = escapeUnsafe(path);
    this.#file = new AppendFile(openToAppend(path, `${option} ${this.#shownName}`));
    if (!this.#file.isPlain || this.#file.bytes === 0) return;
    if (!this.#file.startsWith(`{"format":"${RECORDING_FORMAT}"`)) {
      this.#file.close();
      throw new InputError(
        `${option} ${this.#shownName}: exists and is no recording that could be continued: name another file, or remove it`,
      );
    }
    this.#do(() => this.#file.endCutLine());
  }

  /** Whether it is a regular file, not a device or a pipe. */
  get isPlain(): boolean {
    return this.#file.isPlain;
  }

  /** Size of the file in bytes, earlier recordings included. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /**
   * Appends a line.
   * @throws {RunError} if that fails; the file is then as it was before
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
