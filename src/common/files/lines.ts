import { TextLines } from "../text-lines.ts";
import type { ByteReader } from "./byte-reader.ts";
import { isAscii, latin1Text, utf8Length, utf8Text } from "./text-bytes.ts";

/** Options of a `LineReader`. */
export interface LineOptions {
  /** Name of the file in messages. */
  readonly name: string;
  /**
   * `text`: UTF-8, or Latin-1 if the bytes are not valid UTF-8; byte order mark and carriage returns at the ends of
   * lines are removed. `bytes`: each byte becomes a character, and none is removed. Default: `text`.
   */
  readonly as?: "text" | "bytes";
  /** Longest line, in bytes without its line break. */
  readonly maxBytes: number;
  /** Message about a longer line. */
  readonly tooLong: string;
  /** Number of the line before the first one; default 0. */
  readonly lineNumber?: number;
  /**
   * Called if text is read as Latin-1, with the number of a line at or before the first byte that is not valid UTF-8.
   */
  readonly onLatin1?: (line: number) => void;
}

const CHUNK_BYTES = 1 << 18;
const NEWLINE = 10;
const BYTE_ORDER_MARK = 0xfeff;
const BYTE_ORDER_MARK_BYTES = 3;

/** Reads a file or a pipe line by line. Its memory depends on the longest line, not on the text. */
export class LineReader extends TextLines {
  readonly #source: ByteReader;
  readonly #options: LineOptions;
  #buffer = new Uint8Array(CHUNK_BYTES);
  /** Bytes in the buffer that have not been decoded yet. */
  #pending = 0;
  /** Whether each byte of the text is one character; number of bytes that were removed at its beginning. */
  #isOneToOne = true;
  #omittedBytes = 0;
  #isAtEnd = false;

  /** @param source the bytes from the first line on; closed at its end, or by `close` */
  constructor(source: ByteReader, options: LineOptions) {
    const { name, maxBytes, tooLong, lineNumber = 0 } = options;
    super({ name, maxLength: maxBytes, tooLong, lineNumber, cutsReturns: options.as !== "bytes" });
    this.#source = source;
    this.#options = options;
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#source.position;
  }

  /** Bytes of the current line in the file, its line break included. */
  get lineBytes(): number {
    const omitted = this.lineStart === 0 ? this.#omittedBytes : 0;
    if (this.#isOneToOne) return omitted + this.nextStart - this.lineStart;
    return omitted + utf8Length(this.text.slice(this.lineStart, this.nextStart));
  }

  override close(): void {
    this.#source.close();
  }

  /** The next whole lines. */
  protected override nextPiece(): string | null {
    if (this.#isAtEnd) return null;
    for (;;) {
      const got = this.#source.read(this.#buffer, this.#pending);
      const length = this.#pending + got;
      if (got === 0) {
        this.#isAtEnd = true;
        this.close();
        return this.#take(length, length);
      }
      const last = this.#buffer.lastIndexOf(NEWLINE, length - 1);
      if (last >= this.#pending) return this.#take(last + 1, length);
      this.#pending = length;
      if (length > this.#options.maxBytes) throw this.tooLong();
      if (length === this.#buffer.length) this.#grow();
    }
  }

  /** Decodes the first `end` bytes of the buffer and keeps the rest of its `length`. */
  #take(end: number, length: number): string {
    const text = this.#decode(this.#buffer.subarray(0, end));
    this.#buffer.copyWithin(0, end, length);
    this.#pending = length - end;
    return text;
  }

  #decode(bytes: Uint8Array): string {
    const hasOnlyAscii = isAscii(bytes);
    this.#isOneToOne = this.#options.as === "bytes" || hasOnlyAscii;
    let text = this.#options.as === "bytes" && !hasOnlyAscii ? latin1Text(bytes) : utf8Text(bytes);
    if (text === null) {
      this.#isOneToOne = true;
      this.#options.onLatin1?.(this.lineNumber + 1);
      text = latin1Text(bytes);
    }
    const isMarked = !this.#isOneToOne && this.lineNumber === 0 && text.charCodeAt(0) === BYTE_ORDER_MARK;
    this.#omittedBytes = isMarked ? BYTE_ORDER_MARK_BYTES : 0;
    return isMarked ? text.slice(1) : text;
  }

  #grow(): void {
    // One byte beyond the limit shows that a line is too long.
    const larger = new Uint8Array(Math.min(this.#buffer.length * 2, this.#options.maxBytes + 1));
    larger.set(this.#buffer.subarray(0, this.#pending));
    this.#buffer = larger;
  }
}
