import { isAscii, isUtf8 } from "node:buffer";
import { InputError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import type { ByteReader } from "./bytes.ts";

/** A place in a text file: `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** `FILE:LINE:COLUMN` as every message begins. */
export function placeText({ file, line, column }: Place): string {
  return `${escapeUnsafe(file)}:${line}${column === undefined ? "" : `:${column}`}`;
}

/** How lines are read. */
export interface LineOptions {
  /** Name of the file for messages. */
  readonly name: string;
  /**
   * `text`: UTF-8, or Latin-1 where the bytes are no UTF-8; a byte order mark, and carriage returns at the ends of lines, are
   * left out. `bytes`: each byte is a character, and none is left out. `text` unless it is given.
   */
  readonly as?: "text" | "bytes";
  /** Longest line, in bytes without its end. */
  readonly maxBytes: number;
  /** Message about a longer line. */
  readonly tooLong: string;
  /** Number of the line before the first one that is read; 0 unless it is given. */
  readonly lineNumber?: number;
  /** Called where text is read as Latin-1, with the number of a line at or before the first byte that is no UTF-8. */
  readonly onLatin1?: (line: number) => void;
}

const CHUNK_BYTES = 1 << 18;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = 0xfeff;
const BYTE_ORDER_MARK_BYTES = 3;

/** Reads a text line by line. Its memory is that of the longest line, however long the text. */
export class LineReader {
  /** The line that `advance` has come to, without its end. */
  line = "";
  /** Its number, from 1. */
  lineNumber: number;
  /** False for a last line that ends without a line break: its writer may have been interrupted. */
  isTerminated = true;
  readonly #source: ByteReader;
  readonly #options: LineOptions;
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Bytes in the buffer that are not in `#text` yet. */
  #pending = 0;
  /** Decoded whole lines, where the current one begins, and where the next one does. */
  #text = "";
  #lineStart = 0;
  #start = 0;
  /** Whether each byte of `#text` is one character, and the bytes that were left out at its beginning. */
  #isOneToOne = true;
  #omittedBytes = 0;
  #isAtEnd = false;

  /** @param source the bytes from the first line on; closed at its end, or by `close` */
  constructor(source: ByteReader, options: LineOptions) {
    this.#source = source;
    this.#options = options;
    this.lineNumber = options.lineNumber ?? 0;
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#source.position;
  }

  /** Bytes of the current line in the file, its end included. */
  get lineBytes(): number {
    const end = Math.min(this.#start, this.#text.length);
    const omitted = this.#lineStart === 0 ? this.#omittedBytes : 0;
    if (this.#isOneToOne) return omitted + end - this.#lineStart;
    return omitted + Buffer.byteLength(this.#text.slice(this.#lineStart, end));
  }

  /**
   * Goes to the next line; false where there is none.
   * @throws {InputError} where the line is too long, or reading fails
   */
  advance(): boolean {
    if (this.#start >= this.#text.length && !this.#fill()) return false;
    const text = this.#text;
    this.#lineStart = this.#start;
    let end = text.indexOf("\n", this.#start);
    this.isTerminated = end !== -1;
    if (end === -1) end = text.length;
    if (end - this.#start > this.#options.maxBytes) throw this.#tooLong();
    const isCut = this.#options.as !== "bytes" && end > this.#start && text.charCodeAt(end - 1) === CARRIAGE_RETURN;
    this.line = text.slice(this.#start, isCut ? end - 1 : end);
    this.#start = end + 1;
    this.lineNumber++;
    return true;
  }

  /** What is wrong with the current line, as an error that says where; `column` counts from 0. */
  fault(column: number, message: string): InputError {
    return new InputError(`${placeText(this.place(column))}: ${message}`);
  }

  /** Where the current line stands; `column` counts from 0. */
  place(column = 0): { file: string; line: number; column: number } {
    return { file: this.#options.name, line: this.lineNumber, column: column + 1 };
  }

  close(): void {
    this.#source.close();
  }

  /** Decodes the next whole lines. */
  #fill(): boolean {
    if (this.#isAtEnd) return false;
    for (;;) {
      const got = this.#source.read(this.#buffer, this.#pending);
      const length = this.#pending + got;
      if (got === 0) {
        this.#isAtEnd = true;
        this.#take(length, length);
        this.close();
        return this.#text !== "";
      }
      const last = this.#buffer.lastIndexOf(NEWLINE, length - 1);
      if (last >= this.#pending) {
        this.#take(last + 1, length);
        return true;
      }
      this.#pending = length;
      if (length > this.#options.maxBytes) throw this.#tooLong();
      if (length === this.#buffer.length) this.#grow();
    }
  }

  /** Decodes the first `end` bytes of the buffer and keeps the rest of its `length`. */
  #take(end: number, length: number): void {
    this.#decode(this.#buffer.subarray(0, end));
    this.#start = 0;
    this.#buffer.copy(this.#buffer, 0, end, length);
    this.#pending = length - end;
  }

  #decode(bytes: Buffer): void {
    this.#isOneToOne = this.#options.as === "bytes" || isAscii(bytes);
    if (!this.#isOneToOne && !isUtf8(bytes)) {
      this.#isOneToOne = true;
      this.#options.onLatin1?.(this.lineNumber + 1);
    }
    const text = bytes.toString(this.#isOneToOne ? "latin1" : "utf8");
    const isMarked = !this.#isOneToOne && this.lineNumber === 0 && text.charCodeAt(0) === BYTE_ORDER_MARK;
    this.#text = isMarked ? text.slice(1) : text;
    this.#omittedBytes = isMarked ? BYTE_ORDER_MARK_BYTES : 0;
  }

  #grow(): void {
    // One byte more than the longest line shows that a line is longer.
    const larger = Buffer.allocUnsafe(Math.min(this.#buffer.length * 2, this.#options.maxBytes + 1));
    this.#buffer.copy(larger, 0, 0, this.#pending);
    this.#buffer = larger;
  }

  #tooLong(): InputError {
    const { name, tooLong } = this.#options;
    return new InputError(`${placeText({ file: name, line: this.lineNumber + 1 })}: ${tooLong}`);
  }
}
