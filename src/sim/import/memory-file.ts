import { emptyInput } from "../../common/empty-input.ts";
import type { ByteReader } from "../../common/files/byte-reader.ts";
import { plainSha256 } from "../../common/files/plain-hash.ts";
import { latin1Text } from "../../common/files/text-bytes.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { Bytes } from "../../common/units.ts";
import type { LogFile } from "./log-file.ts";

const HEAD_BYTES = 1 << 16;
const UTF8_MARK = [0xef, 0xbb, 0xbf];
/** Encodings of files from Windows other than UTF-8, by their byte order marks. */
const UTF16 = [
  { mark: [0xff, 0xfe], encoding: "utf-16le" },
  { mark: [0xfe, 0xff], encoding: "utf-16be" },
] as const;

/** A file of a log whose bytes are in memory, as in a browser. */
export class MemoryFile implements LogFile {
  readonly name: string;
  readonly folders: readonly string[] = [];
  readonly #bytes: Uint8Array;
  /** The text of the file in UTF-8, whatever its own encoding is. */
  readonly #text: Uint8Array;
  #sha256: string | null = null;

  /**
   * @param name without a folder
   * @param expected the expected kind of file, for messages
   * @throws {InputError} if it is empty
   */
  constructor(name: string, bytes: Uint8Array, expected = "a log file") {
    if (bytes.length === 0) throw emptyInput(escapeUnsafe(name), expected);
    this.name = name;
    this.#bytes = bytes;
    this.#text = asUtf8(bytes);
  }

  get baseName(): string {
    return this.name;
  }

  get fullPath(): string {
    return this.name;
  }

  get bytes(): Bytes {
    return this.#bytes.length;
  }

  open(offset: Bytes = 0): ByteReader {
    return new MemoryReader(this.#text, offset);
  }

  head(): string {
    const isMarked = hasMark(this.#text, UTF8_MARK);
    return latin1Text(this.#text.subarray(isMarked ? UTF8_MARK.length : 0, HEAD_BYTES));
  }

  sha256(): string {
    this.#sha256 ??= plainSha256(this.#bytes);
    return this.#sha256;
  }
}

class MemoryReader implements ByteReader {
  position: Bytes;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, offset: Bytes) {
    this.#bytes = bytes;
    this.position = offset;
  }

  read(buffer: Uint8Array, start: Bytes): Bytes {
    const piece = this.#bytes.subarray(this.position, this.position + buffer.length - start);
    buffer.set(piece, start);
    this.position += piece.length;
    return piece.length;
  }

  close(): void {}
}

const hasMark = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((byte, i) => bytes[i] === byte);

function asUtf8(bytes: Uint8Array): Uint8Array {
  const encoding = UTF16.find(({ mark }) => hasMark(bytes, mark))?.encoding;
  if (encoding === undefined) return bytes;
  // Half a character at the end of a truncated file is dropped: the decoder waits for the rest.
  return new TextEncoder().encode(new TextDecoder(encoding).decode(bytes, { stream: true }));
}
