import { InputError } from "./errors.ts";
import { escapeUnsafe } from "./quote.ts";

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

/** How the lines of a text are read. */
export interface TextLineOptions {
  /** Name of the text for messages. */
  readonly name: string;
  /** Maximum length of a line, in UTF-16 units without its end. */
  readonly maxLength: number;
  /** Message about a longer line. */
  readonly tooLong: string;
  /** Whether carriage returns at the ends of lines are removed. */
  readonly cutsReturns: boolean;
  /** Number of the line before the first one that is read; default: 0. */
  readonly lineNumber?: number;
}

const CARRIAGE_RETURN = 13;

/** Reads a text line by line; it requests pieces of the text only as needed. It does not need Node. */
export abstract class TextLines {
  /** The current line, without its end. */
  line = "";
  /** Its number, from 1. */
  lineNumber: number;
  /** False for a last line that ends without a line break: its writer may have been interrupted. */
  isTerminated = true;
  /** The buffered text, and the positions in it of the current and of the next line. */
  protected text: string;
  protected lineStart = 0;
  protected nextStart = 0;
  readonly #options: TextLineOptions;
  readonly #maxLength: number;
  readonly #cutsReturns: boolean;

  /** @param text begins the text, before all pieces */
  constructor(options: TextLineOptions, text = "") {
    this.#options = options;
    this.#maxLength = options.maxLength;
    this.#cutsReturns = options.cutsReturns;
    this.lineNumber = options.lineNumber ?? 0;
    this.text = text;
  }

  /** The next piece of the text, of any length; null at its end, repeatedly. @throws {InputError} */
  protected abstract nextPiece(): string | null;

  /** Closes the source of the text. */
  abstract close(): void;

  /**
   * Goes to the next line; false if there is none.
   * @throws {InputError} if the line is too long, or reading fails
   */
  advance(): boolean {
    let end = this.text.indexOf("\n", this.nextStart);
    if (end === -1) end = this.#readOn();
    const { text } = this;
    const start = this.nextStart;
    const isTerminated = end !== -1;
    if (!isTerminated) {
      end = text.length;
      if (start === end) return false;
    }
    if (end - start > this.#maxLength) throw this.tooLong();
    const isCut = this.#cutsReturns && end > start && text.charCodeAt(end - 1) === CARRIAGE_RETURN;
    this.line = text.slice(start, isCut ? end - 1 : end);
    this.lineStart = start;
    this.nextStart = isTerminated ? end + 1 : end;
    this.isTerminated = isTerminated;
    this.lineNumber++;
    return true;
  }

  /** The next line, with its carriage return; only the beginning of a line that is too long. */
  peek(): string | null {
    let end = this.text.indexOf("\n", this.nextStart);
    if (end === -1) end = this.#readOn();
    if (end !== -1) return this.text.slice(this.nextStart, end);
    return this.nextStart === this.text.length ? null : this.text.slice(this.nextStart);
  }

  /** An error in the current line, with its place in the message; `column` counts from 0. */
  fault(column: number, message: string): InputError {
    return new InputError(`${placeText(this.place(column))}: ${message}`);
  }

  /** The place of the current line; `column` counts from 0. */
  place(column = 0): { file: string; line: number; column: number } {
    return { file: this.#options.name, line: this.lineNumber, column: column + 1 };
  }

  /** The error that the next line is too long. */
  protected tooLong(): InputError {
    const { name, tooLong } = this.#options;
    return new InputError(`${placeText({ file: name, line: this.lineNumber + 1 })}: ${tooLong}`);
  }

  /** Reads on until the text holds the end of a line, or more than a line may have; returns where that end is, or -1. */
  #readOn(): number {
    this.text = this.text.slice(this.nextStart);
    this.nextStart = 0;
    while (this.text.length <= this.#maxLength) {
      const piece = this.nextPiece();
      if (piece === null) break;
      const before = this.text.length;
      this.text += piece;
      const end = piece.indexOf("\n");
      if (end !== -1) return before + end;
    }
    return -1;
  }
}
