import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import type { Bytes } from "../units.ts";
import type { ByteReader } from "./byte-reader.ts";

const STDIN_FD = 0;
/** Wait before reading from an empty pipe again, if another process has made the pipe non-blocking. */
const RETRY_MS = 10;
/** Bytes read at a time. */
const CHUNK_BYTES = 65_536;

/**
 * Standard input, which stays open.
 * @param shown its name in messages
 */
export const standardInput = (shown: string): ByteReader => new DescriptorReader(STDIN_FD, shown, false);

/** Everything that a source has from here on. */
export function readWhole(source: ByteReader): Buffer {
  const pieces: Buffer[] = [];
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let length = source.read(buffer, 0); length > 0; length = source.read(buffer, 0)) {
    pieces.push(Buffer.from(buffer.subarray(0, length)));
  }
  return Buffer.concat(pieces);
}

/** A file or a pipe that has been opened. */
export interface OpenBytes extends ByteReader {
  /** Whether it is a file, and no pipe. */
  readonly isPlain: boolean;
}

/**
 * Opens a file or a pipe for one pass over it.
 * @param shown its name in messages
 * @param expected what it should be
 * @throws {InputError} if it can't be opened, or is a directory or a device; `read` throws one if reading fails
 */
export const openBytes = (path: string, shown: string, expected = "a file"): OpenBytes =>
  openDescriptor(path, shown, expected);

/**
 * The beginning of an input that can be read only once, and the descriptor with the rest; plain data, which all threads of the
 * process can use, one at a time.
 */
export interface BegunBytes {
  /** Stays open until the process ends. */
  readonly fd: number;
  readonly head: Uint8Array;
  /** Whether `head` is the whole input. */
  readonly isWhole: boolean;
}

/** Reads an input that can be read only once, and keeps what it has read. */
export interface KeepingReader extends ByteReader {
  /** What was read so far. */
  readonly begun: BegunBytes;
}

/**
 * Begins to read a pipe, or standard input.
 * @param path null: standard input
 * @param shown its name in messages
 * @param expected what it should be
 * @throws {InputError} like `openBytes`
 */
export function beginBytes(path: string | null, shown: string, expected = "a file"): KeepingReader {
  return new Keeping(
    path === null ? new DescriptorReader(STDIN_FD, shown, false) : openDescriptor(path, shown, expected),
  );
}

/** The whole of an input that `beginBytes` has begun to read. @param shown its name in messages */
export const continueBytes = (begun: BegunBytes, shown: string): ByteReader => new Continued(begun, shown);

function openDescriptor(path: string, shown: string, expected: string): DescriptorReader {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`${shown}: ${systemErrorText(error)}`);
    // A path with a NUL in it never reaches the operating system.
    throw error instanceof TypeError ? new InputError(`${shown}: is no name of a file`) : error;
  }
  const stat = fstatSync(fd);
  const wrong = stat.isDirectory() ? "directory" : stat.isCharacterDevice() || stat.isBlockDevice() ? "device" : null;
  if (wrong === null) return new DescriptorReader(fd, shown, stat.isFile());
  closeSync(fd);
  throw new InputError(`${shown}: is a ${wrong}, expected ${expected}`);
}

class DescriptorReader implements OpenBytes {
  readonly isPlain: boolean;
  readonly fd: number;
  readonly #shown: string;
  #position: Bytes = 0;
  #isOpen = true;

  constructor(fd: number, shown: string, isPlain: boolean) {
    this.fd = fd;
    this.#shown = shown;
    this.isPlain = isPlain;
  }

  get position(): Bytes {
    return this.#position;
  }

  read(buffer: Uint8Array, start: Bytes): Bytes {
    for (;;) {
      try {
        const length = readSync(this.fd, buffer, start, buffer.length - start, null);
        this.#position += length;
        return length;
      } catch (error) {
        if (!isSystemError(error)) throw error;
        if (error.code === "EOF") return 0;
        if (error.code !== "EAGAIN") throw new InputError(`${this.#shown}: ${systemErrorText(error)}`);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  close(): void {
    if (this.#isOpen && this.fd !== STDIN_FD) closeSync(this.fd);
    this.#isOpen = false;
  }
}

class Keeping implements KeepingReader {
  readonly #source: DescriptorReader;
  readonly #pieces: Buffer[] = [];
  #isWhole = false;

  constructor(source: DescriptorReader) {
    this.#source = source;
  }

  get position(): Bytes {
    return this.#source.position;
  }

  get begun(): BegunBytes {
    return { fd: this.#source.fd, head: Buffer.concat(this.#pieces), isWhole: this.#isWhole };
  }

  read(buffer: Uint8Array, start: Bytes): Bytes {
    const length = this.#source.read(buffer, start);
    if (length === 0) this.#isWhole = true;
    else this.#pieces.push(Buffer.from(buffer.subarray(start, start + length)));
    return length;
  }

  close(): void {
    // The rest is read later.
  }
}

class Continued implements ByteReader {
  readonly #begun: BegunBytes;
  readonly #rest: ByteReader;
  #headRead: Bytes = 0;

  constructor(begun: BegunBytes, shown: string) {
    this.#begun = begun;
    this.#rest = new DescriptorReader(begun.fd, shown, false);
  }

  get position(): Bytes {
    return this.#headRead + this.#rest.position;
  }

  read(buffer: Uint8Array, start: Bytes): Bytes {
    const { head, isWhole } = this.#begun;
    const piece = head.subarray(this.#headRead, this.#headRead + buffer.length - start);
    if (piece.length === 0) return isWhole ? 0 : this.#rest.read(buffer, start);
    buffer.set(piece, start);
    this.#headRead += piece.length;
    return piece.length;
  }

  close(): void {
    // The thread that opened the descriptor has it open until the process ends.
  }
}
