import { chmodSync, closeSync, fchmodSync, openSync, renameSync, type Stats, statSync } from "node:fs";
import { InputError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { destination } from "./identity.ts";
import { releaseTemporary, removeTemporary, temporaryBeside, trackTemporary } from "./temporary.ts";

/** An open file, pipe or terminal for output. */
export interface Writable {
  readonly fd: number;
  /** Name for messages. */
  readonly name: string;
}

/**
 * A file that is written completely or not at all: its content goes to a temporary file beside it, which is renamed in the
 * end. A device or a pipe is written to directly. write-file-atomic is no substitute: it takes the whole content at once
 * and reports only then that a path can't be written.
 */
export class PendingFile {
  /** The path as the user gave it. */
  readonly name: string;
  /** What is written to until `commit`; the path itself where that leads to a device or a pipe. */
  readonly #temporaryPath: string;
  readonly #path: string;
  /** Permissions of the file whose place it takes; null: there is none. */
  readonly #mode: number | null;
  #isPending = true;

  /**
   * Makes sure that the file can be written, and leaves it empty.
   * @param option the option that named the file, for messages
   * @throws {InputError} if it can't be written
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
      this.#mode = isPlain && existing !== undefined ? existing.mode & PERMISSIONS : null;
      if (isPlain) create(this.#temporaryPath, this.#mode);
    } catch (error) {
      throw unwritable(error, path, option);
    }
  }

  /** The path to which its content is to be written until `commit`, for writers in other threads; the file exists. */
  get pendingPath(): string {
    return this.#temporaryPath;
  }

  /** Opens the file for writing to its end; it is closed by the caller before `commit` or `discard`. */
  open(): number {
    return openSync(this.#temporaryPath, "a");
  }

  /** Everything has been written: the file takes its place. */
  commit(): void {
    this.#isPending = false;
    if (this.#temporaryPath === this.#path) return;
    if (this.#mode !== null) chmodSync(this.#temporaryPath, this.#mode);
    renameSync(this.#temporaryPath, this.#path);
    releaseTemporary(this.#temporaryPath);
  }

  /** Removes the temporary file. Does nothing after `commit`. */
  discard(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    if (this.#temporaryPath !== this.#path) removeTemporary(this.#temporaryPath);
  }
}

/** A pending file that is open until it is whole. */
export class OutputFile implements Writable {
  readonly fd: number;
  readonly #file: PendingFile;
  #isOpen = true;

  /**
   * @param option the option that named the file, for messages
   * @throws {InputError} if there is no writing there
   */
  constructor(path: string, option: string) {
    this.#file = new PendingFile(path, option);
    try {
      this.fd = this.#file.open();
    } catch (error) {
      this.#file.discard();
      throw unwritable(error, path, option);
    }
  }

  /** The path as the user gave it. */
  get name(): string {
    return this.#file.name;
  }

  /** Everything has been written: the file takes its place. */
  commit(): void {
    this.#close();
    this.#file.commit();
  }

  /** Nothing of it shall remain. Does nothing after `commit`. */
  discard(): void {
    if (!this.#isOpen) return;
    this.#close();
    this.#file.discard();
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.fd);
  }
}

/**
 * The status of an output path; undefined if it does not exist.
 * @param option the option that named it, for messages
 * @throws {InputError} for an empty path, or if the status can't be read
 */
export function outputStat(path: string, option: string): Stats | undefined {
  if (path === "") throw new InputError(`${option} "": expected the name of a file`);
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unwritable(error, path, option);
  }
}

const PERMISSIONS = 0o7777;
const OWNER_WRITES = 0o200;

/** Creates a temporary file, which has nothing that other users may not see of the file whose place it takes. */
function create(path: string, mode: number | null): void {
  trackTemporary(path);
  let fd: number;
  try {
    fd = openSync(path, "wx");
  } catch (error) {
    releaseTemporary(path);
    throw error;
  }
  if (mode !== null) fchmodSync(fd, mode | OWNER_WRITES);
  closeSync(fd);
}

/** A full disk is no fault of the path; other errors of the system say why it can't be written. */
function unwritable(error: unknown, path: string, option: string): unknown {
  if (!isSystemError(error) || error.code === "ENOSPC") return error;
  return new InputError(`${option} ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
}
