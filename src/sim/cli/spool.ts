import { createReadStream, createWriteStream, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { InputError, RunError } from "../../common/errors.ts";
import { InputFile } from "../../common/files/input-file.ts";
import { removeTemporary, temporaryDirectory } from "../../common/files/temporary.ts";
import { refuseDevice } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { STDIN } from "../trace/input.ts";

/** Copies standard input and pipes, which can be read only once, into temporary files. */
export class Spool {
  #directory: string | null = null;
  #count = 0;
  #hasStdin = false;

  /**
   * The temporary file with the content of a path; null if the path itself can be read again, or does not exist.
   * @throws {InputError} for a device, for standard input given twice, or if the path can't be examined
   * @throws {RunError} if the content can't be stored
   */
  async keep(path: string): Promise<string | null> {
    if (path === STDIN) {
      if (this.#hasStdin) throw new InputError("standard input (-) can be read only once");
      this.#hasStdin = true;
      return await this.#copy(process.stdin, "standard input");
    }
    const shown = escapeUnsafe(path);
    try {
      refuseDevice(path, shown);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || stat.isFile() || stat.isDirectory()) return null;
    } catch (error) {
      throw isSystemError(error) ? new InputError(`${shown}: ${systemErrorText(error)}`) : error;
    }
    return await this.#copy(createReadStream(path), shown);
  }

  remove(): void {
    if (this.#directory !== null) removeTemporary(this.#directory);
    this.#directory = null;
  }

  async #copy(from: NodeJS.ReadableStream, shown: string): Promise<string> {
    try {
      this.#directory ??= temporaryDirectory();
      const path = join(this.#directory, String(this.#count++));
      await pipeline(from, createWriteStream(path, { flags: "wx" }));
      return path;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`${shown}: can't be kept in a temporary file: ${systemErrorText(error)}`);
    }
  }
}

/**
 * A file, or the copy of a pipe or of standard input, which can be read any number of times.
 * @param name replaces the path in messages
 */
export async function inputFile(path: string, spool: Spool, expected: string, name = path): Promise<InputFile> {
  const kept = await spool.keep(path);
  return new InputFile(kept ?? path, path === STDIN ? "<stdin>" : name, expected);
}
