import { RunError } from "../../../common/errors.ts";
import { AppendFile, openToAppend } from "../../../common/files/append.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";

/** The file of a study's journal. */
export class JournalFile {
  readonly #file: AppendFile;
  readonly #shownName: string;

  /**
   * @param bytes size of the existing part that stays; the rest is truncated
   * @throws {InputError} if it can't be written
   */
  constructor(path: string, bytes: number) {
    this.#shownName = escapeUnsafe(path);
    this.#file = new AppendFile(openToAppend(path, this.#shownName));
    this.#file.cutTo(bytes);
  }

  /**
   * Appends a line, which must end with a line break.
   * @throws {RunError} if that fails; the file is then as it was before
   */
  append(line: string): void {
    try {
      this.#file.append(line);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`${this.#shownName}: ${systemErrorText(error)}: the study can be resumed from here`);
    }
  }

  /** Truncates the file to its first `bytes` bytes. */
  cutTo(bytes: number): void {
    this.#file.cutTo(bytes);
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  close(): void {
    this.#file.close();
  }
}
