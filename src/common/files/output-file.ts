import { closeSync, fchmodSync, openSync, renameSync, type Stats, statSync } from "node:fs";
import { InputError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { destination } from "./identity.ts";
import { releaseTemporary, removeTemporary, temporaryBeside, trackTemporary } from "./temporary.ts";

/** An open file, pipe or terminal that text is written to. */
export interface Writable {
  readonly fd: number;
  /** Name for messages. */
  readonly name: string;
}

/**
 * A file that appears whole or not at all: what is written goes to a temporary file beside it, which takes its name in the
 * end. A device or a pipe is written to directly. write-file-atomic is no substitute: it takes the whole content at once,
 * and says only then that a path can't be written.
 */
export class OutputFile implements Writable {
  readonly fd: number;
  /** The path as the user gave it. */
  readonly name: string;
  readonly #temporaryPath: string;
  readonly #path: string;
  #isOpen = true;

  /**
   * @param option the option that named the file, for messages
   * @throws {InputError} if there is no writing there
   */
  constructor(path: string, option: string) {
    this.name = path;
    try {
      const existing = outputStat(path, option);
      if (existing?.isDirectory())
        throw new InputError(`${option} ${escapeUnsafe(path)}: is a directory, expected a file`);
      const isPlain = existing === undefined || existing.isFile();
      this.#path = isPlain ? destination(path) : path;
      this.#temporaryPath = isPlain ? temporaryBeside(this.#path) : this.#path;
      this.fd = isPlain ? openTemporary(this.#temporaryPath) : openSync(this.#path, "w");
      if (isPlain) this.#keepMode(existing);
    } catch (error) {
      if (!isSystemError(error) || error.code === "ENOSPC") throw error;
      throw new InputError(`${option} ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
    }
  }

  /** Everything has been written: the file takes its place. */
  commit(): void {
    this.#close();
    if (this.#temporaryPath === this.#path) return;
    renameSync(this.#temporaryPath, this.#path);
    releaseTemporary(this.#temporaryPath);
  }

  /** Nothing of it shall remain. Does nothing after `commit`. */
  discard(): void {
    if (!this.#isOpen) return;
    this.#close();
    if (this.#temporaryPath !== this.#path) removeTemporary(this.#temporaryPath);
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.fd);
  }

  #keepMode(existing: Stats | undefined): void {
    if (existing !== undefined) fchmodSync(this.fd, existing.mode & 0o7777);
  }
}

/**
 * What is at a path that is to be written to; undefined: nothing.
 * @param option the option that named it, for messages
 * @throws {InputError} for an empty path, or where there is no telling
 */
export function outputStat(path: string, option: string): Stats | undefined {
  if (path === "") throw new InputError(`${option} "": expected the name of a file`);
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`${option} ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
  }
}

function openTemporary(path: string): number {
  trackTemporary(path);
  try {
    return openSync(path, "wx");
  } catch (error) {
    releaseTemporary(path);
    throw error;
  }
}
