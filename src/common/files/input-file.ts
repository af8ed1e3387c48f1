import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { TextDecoder } from "node:util";
import { emptyInput } from "../empty-input.ts";
import { InputError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import type { Bytes } from "../units.ts";
import type { ByteReader } from "./byte-reader.ts";
import { sha256OfChunks } from "./hash.ts";
import { fileIdentity } from "./identity.ts";

const HEAD_BYTES = 1 << 16;
/** Byte order mark of UTF-8, each byte as one character. */
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

/** Encodings of files from Windows other than UTF-8, by their byte order marks. */
const UTF16 = [
  { mark: [0xff, 0xfe], encoding: "utf-16le" },
  { mark: [0xfe, 0xff], encoding: "utf-16be" },
] as const;
type Utf16 = (typeof UTF16)[number]["encoding"];

/**
 * A text file at its present size: each pass reads the same bytes, without bytes that are appended later. Each pass
 * opens the file again, so its path must not lead to another file meanwhile.
 */
export class InputFile {
  readonly path: string;
  /** Name in messages and in the trace's origin. */
  readonly name: string;
  readonly bytes: Bytes;
  readonly #identity: string;
  /** Encoding of the text if it is not UTF-8. Readers get UTF-8 in any case. */
  readonly #encoding: Utf16 | null;
  #sha256: string | null = null;

  /**
   * @param name replaces the path in messages
   * @param expected the expected kind of file, for messages
   * @throws {InputError} if the file can't be read or is empty
   */
  constructor(path: string, name = path, expected = "a text file") {
    this.path = path;
    this.name = name;
    const fd = this.#open();
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) throw new InputError(`${escapeUnsafe(name)}: is a directory, expected ${expected}`);
      if (!stat.isFile()) throw new Error(`${name} can't be read twice`);
      this.bytes = stat.size;
      this.#identity = fileIdentity(stat);
      this.#encoding = encodingOf(fd);
    } finally {
      closeSync(fd);
    }
    if (this.bytes === 0) throw emptyInput(escapeUnsafe(name), expected);
  }

  /** The name without its folder; without the brackets of `<stdin>`. */
  get baseName(): string {
    return basename(this.name).replace(/^<(.*)>$/, "$1");
  }

  /** The path from the root on: two files with the same one are the same file. */
  get fullPath(): string {
    return resolve(this.path);
  }

  /** The folders of its name, from the root on. */
  get folders(): readonly string[] {
    return dirname(resolve(this.name)).split("/");
  }

  /** Opens the file at a byte offset. UTF-16 is converted to UTF-8 and opened at its beginning. */
  open(offset: Bytes = 0): ByteReader {
    return this.#openAs(this.#encoding, offset);
  }

  #openAs(encoding: Utf16 | null, offset: Bytes): ByteSource {
    const fd = this.#open();
    if (fileIdentity(fstatSync(fd)) !== this.#identity) {
      closeSync(fd);
      throw new InputError(`${escapeUnsafe(this.name)}: was replaced by another file while it was being read`);
    }
    return new ByteSource(fd, this, offset, encoding);
  }

  /** The first bytes as Latin-1 characters, without a byte order mark: for detecting a format. */
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
    const source = this.#openAs(null, 0);
    try {
      return sha256OfChunks((chunk) => source.read(chunk, 0));
    } finally {
      source.close();
    }
  }

  #open(): number {
    try {
      return openSync(this.path, "r");
    } catch (error) {
      throw isSystemError(error) ? new InputError(`${escapeUnsafe(this.name)}: ${systemErrorText(error)}`) : error;
    }
  }
}

/** The encoding that the first bytes of a file declare; null without a declaration, or for UTF-8. */
function encodingOf(fd: number): Utf16 | null {
  const start = Buffer.alloc(2);
  readSync(fd, start, 0, start.length, 0);
  return UTF16.find(({ mark }) => mark.every((byte, i) => start[i] === byte))?.encoding ?? null;
}

/** A pass over a file, from some offset to the end that the file had when it was opened first. */
class ByteSource implements ByteReader {
  readonly #fd: number;
  readonly #file: InputFile;
  #position: Bytes;
  #isOpen = true;
  readonly #decoder: TextDecoder | null;
  /** Decoded text that has not been read yet, as UTF-8. */
  #decoded: Buffer = Buffer.alloc(0);

  /** @param encoding to convert to UTF-8; null: the bytes are passed on unchanged */
  constructor(fd: number, file: InputFile, offset: Bytes, encoding: Utf16 | null) {
    this.#decoder = encoding === null ? null : new TextDecoder(encoding);
    this.#fd = fd;
    this.#file = file;
    this.#position = offset;
  }

  get position(): Bytes {
    return this.#position;
  }

  read(buffer: Uint8Array, start: Bytes): Bytes {
    if (this.#decoder === null) return this.#readBytes(buffer, start);
    let at = start;
    while (at < buffer.length) {
      if (this.#decoded.length === 0 && !this.#decode(this.#decoder)) break;
      const count = this.#decoded.copy(buffer, at);
      this.#decoded = this.#decoded.subarray(count);
      at += count;
    }
    return at - start;
  }

  /** Decodes the next piece of the file; false at its end. */
  #decode(decoder: TextDecoder): boolean {
    const chunk = Buffer.allocUnsafe(HEAD_BYTES);
    while (this.#decoded.length === 0) {
      const length = this.#readBytes(chunk, 0);
      // Half a character at the end of a truncated file is dropped.
      if (length === 0) return false;
      this.#decoded = Buffer.from(decoder.decode(chunk.subarray(0, length), { stream: true }), "utf8");
    }
    return true;
  }

  #readBytes(buffer: Uint8Array, start: Bytes): Bytes {
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
