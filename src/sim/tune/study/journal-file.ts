import { RunError } from "../../../common/errors.ts";
import { AppendFile, openToAppend } from "../../../common/files/append.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";

/** The file of a study's journal. */
export class JournalFile {
  readonly #file: AppendFile;
  readonly #shownName: string;

  /**
   * @param bytes how much of what is there stays; the rest is cut off
   * @throws {InputError} where there is no writing
   */
  constructor(path: string, bytes: number) {
    this.#shownName = escapeUnsafe(path);
    this.#file = new AppendFile(openToAppend(path, this.#shownName));
    this.#file.cutTo(bytes);
  }

  /**
   * Adds a line, which ends with a line break.
   * @throws {RunError} where that fails, with the file as it was before the line
   */
  append(line: string): void {
    try {
      this.#file.append(line);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`${this.#shownName}: ${systemErrorText(error)}: the study can be resumed from here`);
    }
  }

  /** Cuts off what is behind so many bytes. */
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
