import { appendFileSync } from "node:fs";
import { OutputError } from "../../../common/errors.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";

/** UTF-16 units of text that are written at once, about. */
const FULL = 1 << 16;

/**
 * Appends text to a file, at once: also in a thread that can't wait for it. The file is open only while it is written to: a host may
 * have more VMs than a process may have open files.
 */
export class TextFile {
  readonly #path: string;
  readonly #name: string;
  #text = "";

  /**
   * @param path of a file that exists
   * @param name in messages
   */
  constructor(path: string, name: string) {
    this.#path = path;
    this.#name = name;
  }

  /** @throws {OutputError} if the file can't be written */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= FULL) this.flush();
  }

  /** @throws {OutputError} as `write` */
  flush(): void {
    const text = this.#text;
    this.#text = "";
    if (text === "") return;
    try {
      appendFileSync(this.#path, text);
    } catch (error) {
      throw isSystemError(error) ? new OutputError(`${this.#name}: ${systemErrorText(error)}`) : error;
    }
  }
}
