import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { BesideReader } from "./decode.ts";

/** Longest line of a trace in JSON lines, in UTF-16 units. */
export const MAX_LINE = 16 * 1024 * 1024;
/** Longest text that every supported Node holds as one string, in UTF-16 units (512 MiB less a little). */
const MAX_TEXT = 2 ** 29 - 24;

const TOO_LONG = `this line is longer than ${MAX_LINE / 1024 / 1024} MiB; write fewer values in a row, or a plain JSON trace`;

/** The name of standard input on the command line. */
export const STDIN = "-";

/** The text of a trace, read line by line or whole, from a file, from standard input or from memory. */
export interface TextInput {
  /** Name for messages. */
  readonly name: string;
  /** Reads files that the trace names by a path relative to its own folder; null: the text has no folder. */
  readonly beside: BesideReader | null;
  /** Number of the line that `nextLine` returned last, from 1. */
  readonly lineNumber: number;
  /** The next line without its end, not yet consumed; only its beginning where it is longer than `MAX_LINE`. */
  peekLine(): string | null;
  /** The next line without its end; null after the last. Throws `InputError` for one longer than `MAX_LINE`. */
  nextLine(): string | null;
  /** Everything that no `nextLine` has returned. */
  rest(): string;
  close(): void;
}

/** A text that comes piece by piece, from a file or a pipe. */
export interface TextSource {
  /** Name for messages. */
  readonly name: string;
  /** The next piece, maybe empty; null at the end, after which it is closed. Throws `InputError` where it can't be read. */
  next(): string | null;
  /** Lets go of what the text comes from. Closing again does nothing. */
  close(): void;
}

/**
 * A text that is in memory already. A byte order mark at its beginning is left out.
 * @param beside reads the files that the trace names
 */
export function textInput(text: string, name: string, beside: BesideReader | null = null): TextInput {
  const source: TextSource = { name: escapeUnsafe(name), next: () => null, close: () => {} };
  return new PiecewiseInput(source, beside, text.startsWith("\ufeff") ? text.slice(1) : text);
}

/** Lines of a text of which pieces are read only as they are needed. */
export class PiecewiseInput implements TextInput {
  readonly name: string;
  readonly beside: BesideReader | null;
  lineNumber = 0;
  private readonly source: TextSource;
  /** Text in which lines are still to be found, and where the next one begins. */
  private text: string;
  private start = 0;

  /**
   * @param beside reads the files that the trace names
   * @param text what stands before the pieces of the source
   */
  constructor(source: TextSource, beside: BesideReader | null, text = "") {
    this.name = source.name;
    this.beside = beside;
    this.source = source;
    this.text = text;
  }

  peekLine(): string | null {
    let end = this.text.indexOf("\n", this.start);
    if (end === -1) {
      this.fill();
      if (this.start === this.text.length) return null;
      end = this.text.indexOf("\n", this.start);
    }
    return this.text.slice(this.start, end === -1 ? this.text.length : end);
  }

  nextLine(): string | null {
    const line = this.peekLine();
    if (line === null) return null;
    this.lineNumber++;
    if (line.length > MAX_LINE) throw new InputError(`${this.name}:${this.lineNumber}: ${TOO_LONG}`);
    this.start = Math.min(this.start + line.length + 1, this.text.length);
    return line;
  }

  rest(): string {
    const pieces = [this.text.slice(this.start)];
    let length = this.text.length - this.start;
    for (let piece = this.source.next(); piece !== null; piece = this.source.next()) {
      length += piece.length;
      if (length > MAX_TEXT) {
        throw new InputError(
          `${this.name}: larger than 512 MiB as one JSON document: write a trace of this length as JSON lines (docs/traces.md)`,
        );
      }
      pieces.push(piece);
    }
    this.text = "";
    this.start = 0;
    return pieces.join("");
  }

  close(): void {
    this.source.close();
  }

  /** Reads on until the text holds the end of a line, or more than a line may have. */
  private fill(): void {
    const pieces = [this.text.slice(this.start)];
    let length = pieces[0]?.length ?? 0;
    for (let piece = this.source.next(); piece !== null; piece = this.source.next()) {
      pieces.push(piece);
      length += piece.length;
      if (piece.includes("\n") || length > MAX_LINE) break;
    }
    this.text = pieces.join("");
    this.start = 0;
  }
}
