import { isAscii, isUtf8 } from "node:buffer";
import { InputError } from "../../common/errors.ts";
import type { ByteSource, InputFile } from "../../common/files/input-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { placeText, type Report } from "./report.ts";

const CHUNK_BYTES = 1 << 18;
/** Longest line of a log, in bytes. The widest known, the header of an esxtop capture of a full host, has a few million. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;
const NEWLINE = 10;

/** Reads a log line by line, in constant memory. */
export class LineCursor {
  readonly file: InputFile;
  /** The line that `advance` has come to, without its end. */
  line = "";
  /** Its number, from 1. */
  lineNumber: number;
  /** False for a last line that ends without a line break: whoever wrote it may have been interrupted. */
  isTerminated = true;
  readonly #report: Report;
  readonly #source: ByteSource;
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Bytes in the buffer that are not in `#text` yet. */
  #pending = 0;
  /** Decoded whole lines, and where the next one begins. */
  #text = "";
  #start = 0;
  #isAtEnd = false;

  /**
   * @param offset byte that the first line begins at
   * @param lineNumber number of the line before it
   */
  constructor(file: InputFile, report: Report, offset = 0, lineNumber = 0) {
    this.file = file;
    this.lineNumber = lineNumber;
    this.#report = report;
    this.#source = file.open(offset);
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#source.position;
  }

  /** Goes to the next line; false where there is none. A carriage return at the end of a line is no part of it. */
  advance(): boolean {
    if (this.#start >= this.#text.length && !this.#fill()) return false;
    const text = this.#text;
    let end = text.indexOf("\n", this.#start);
    this.isTerminated = end !== -1;
    if (end === -1) end = text.length;
    const isCarriageReturn = end > this.#start && text.charCodeAt(end - 1) === 13;
    this.line = text.slice(this.#start, isCarriageReturn ? end - 1 : end);
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
    return { file: this.file.name, line: this.lineNumber, column: column + 1 };
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
      if (last !== -1) {
        this.#take(last + 1, length);
        return true;
      }
      this.#pending = length;
      if (length === this.#buffer.length) this.#grow();
    }
  }

  /** Decodes the first `end` bytes of the buffer and keeps the rest of its `length`. */
  #take(end: number, length: number): void {
    const bytes = this.#buffer.subarray(0, end);
    this.#text = this.#decode(bytes);
    this.#start = 0;
    this.#buffer.copy(this.#buffer, 0, end, length);
    this.#pending = length - end;
  }

  #decode(bytes: Buffer): string {
    let text: string;
    if (isAscii(bytes)) text = bytes.toString("latin1");
    else if (isUtf8(bytes)) text = bytes.toString("utf8");
    else {
      this.#report.warn("some text is not UTF-8: read as Latin-1", { file: this.file.name, line: this.lineNumber + 1 });
      text = bytes.toString("latin1");
    }
    return this.lineNumber === 0 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  #grow(): void {
    if (this.#buffer.length >= MAX_LINE_BYTES) {
      throw new InputError(
        `${escapeUnsafe(this.file.name)}:${this.lineNumber + 1}: this line is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB; a log has shorter ones`,
      );
    }
    const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
    this.#buffer.copy(larger, 0, 0, this.#pending);
    this.#buffer = larger;
  }
}
