import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";

const CHUNK_BYTES = 1 << 20;
const HEAD_BYTES = 1 << 16;
/** That of UTF-8, a character for each byte. */
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

/**
 * A log on disk, as it is now: what is written to it later is not read, so that every pass over it sees the same. Passes
 * open it anew, so the name has to go on leading to the same file.
 */
export class LogFile {
  readonly path: string;
  /** Name for messages and for the trace's origin. */
  readonly name: string;
  readonly bytes: number;
  readonly #inode: number;
  #sha256: string | null = null;

  /**
   * @param name stands for the path in messages
   * @param expected what the file should be
   * @throws {InputError} where there is nothing to read
   */
  constructor(path: string, name = path, expected = "a log file") {
    this.path = path;
    this.name = name;
    const fd = this.#open();
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) throw new InputError(`${escapeUnsafe(name)}: is a directory, expected ${expected}`);
      if (!stat.isFile()) throw new Error(`${name} can't be read twice`);
      this.bytes = stat.size;
      this.#inode = stat.ino;
    } finally {
      closeSync(fd);
    }
    if (this.bytes === 0) throw new InputError(`${escapeUnsafe(name)}: is empty, expected ${expected}`);
  }

  /** The name without its folder, and without the brackets of `<stdin>`. */
  get baseName(): string {
    return basename(this.name).replace(/^<(.*)>$/, "$1");
  }

  /** Opens the file at a byte offset. */
  open(offset = 0): ByteSource {
    const fd = this.#open();
    if (fstatSync(fd).ino !== this.#inode) {
      closeSync(fd);
      throw new InputError(`${escapeUnsafe(this.name)}: was replaced by another file while it was being read`);
    }
    return new ByteSource(fd, this, offset);
  }

  /** The first bytes, a character each, without a byte order mark: enough to tell a format by. */
  head(): string {
    const source = this.open();
    try {
      const buffer = Buffer.allocUnsafe(Math.min(HEAD_BYTES, this.bytes));
      const text = buffer.toString("latin1", 0, source.read(buffer, 0));
      return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
    } finally {
      source.close();
    }
  }

  /** SHA-256 of the file in hexadecimal digits. */
  sha256(): string {
    this.#sha256 ??= this.#hash();
    return this.#sha256;
  }

  #hash(): string {
    const hash = createHash("sha256");
    const source = this.open();
    try {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, this.bytes));
      for (let length = source.read(chunk, 0); length > 0; length = source.read(chunk, 0)) {
        hash.update(chunk.subarray(0, length));
      }
    } finally {
      source.close();
    }
    return hash.digest("hex");
  }

  #open(): number {
    try {
      return openSync(this.path, "r");
    } catch (error) {
      throw isSystemError(error) ? new InputError(`${escapeUnsafe(this.name)}: ${systemErrorText(error)}`) : error;
    }
  }
}

/** A file that is being read from some offset to what was its end. */
export class ByteSource {
  readonly #fd: number;
  readonly #file: LogFile;
  #position: number;
  #isOpen = true;

  constructor(fd: number, file: LogFile, offset: number) {
    this.#fd = fd;
    this.#file = file;
    this.#position = offset;
  }

  /** Bytes before the next one. */
  get position(): number {
    return this.#position;
  }

  /**
   * Fills `buffer` from `start` on, as far as there is something.
   * @returns how many bytes were read; 0 at the end
   */
  read(buffer: Buffer, start: number): number {
    const wanted = Math.min(buffer.length - start, this.#file.bytes - this.#position);
    let done = 0;
    while (done < wanted) {
      let got: number;
      try {
        got = readSync(this.#fd, buffer, start + done, wanted - done, this.#position);
      } catch (error) {
        throw isSystemError(error)
          ? new InputError(`${escapeUnsafe(this.#file.name)}: ${systemErrorText(error)}`)
          : error;
      }
      if (got === 0) throw new InputError(`${escapeUnsafe(this.#file.name)}: was cut short while it was being read`);
      done += got;
      this.#position += got;
    }
    return done;
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}
