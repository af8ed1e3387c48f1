import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { TextLines } from "../../common/text-lines.ts";
import type { BesideReader } from "./decode.ts";

/** Longest line of a trace in JSON lines, in UTF-16 units. */
export const MAX_LINE = 16 * 1024 * 1024;
/** Longest string of every supported Node, in UTF-16 units (a little less than 512 MiB). */
const MAX_TEXT = 2 ** 29 - 24;

const TOO_LONG = `this line is longer than ${MAX_LINE / 1024 / 1024} MiB; write fewer values in a row, or a plain JSON trace`;

/** The name of standard input on the command line. */
export const STDIN = "-";

/** The name of an input in messages, from that on the command line. */
export const shownInput = (name: string): string => (name === STDIN ? "<stdin>" : escapeUnsafe(name));

/** A source of text in pieces: a file or a pipe. */
export interface TextSource {
  /** Name for messages. */
  readonly name: string;
  /**
   * The next piece, possibly empty; null at the end, after which the source is closed. Throws `InputError` if reading
   * fails.
   */
  next(): string | null;
  /** Closes the source. Further calls do nothing. */
  close(): void;
}

/** The text of a trace, read line by line or whole, from a file, from standard input or from memory. */
export class TextInput extends TextLines {
  /** Name for messages. */
  readonly name: string;
  /** Reads files that the trace names by a path relative to its own folder; null: the text has no folder. */
  readonly beside: BesideReader | null;
  readonly #source: TextSource;

  /**
   * @param beside reads the files that the trace names
   * @param text text before the pieces of the source
   */
  constructor(source: TextSource, beside: BesideReader | null, text = "") {
    super({ name: source.name, maxLength: MAX_LINE, tooLong: TOO_LONG, cutsReturns: false }, text);
    this.name = source.name;
    this.beside = beside;
    this.#source = source;
  }

  /** Everything that `advance` has not come to. */
  rest(): string {
    const pieces = [this.text.slice(this.nextStart)];
    let length = this.text.length - this.nextStart;
    for (let piece = this.nextPiece(); piece !== null; piece = this.nextPiece()) {
      length += piece.length;
      if (length > MAX_TEXT) {
        throw new InputError(
          `${this.name}: larger than 512 MiB as one JSON document: write a trace of this length as JSON lines (docs/traces.md)`,
        );
      }
      pieces.push(piece);
    }
    this.text = "";
    this.nextStart = 0;
    return pieces.join("");
  }

  override close(): void {
    this.#source.close();
  }

  protected override nextPiece(): string | null {
    return this.#source.next();
  }
}

/**
 * A text that is in memory already. A byte order mark at its beginning is left out.
 * @param beside reads the files that the trace names
 */
export function textInput(text: string, name: string, beside: BesideReader | null = null): TextInput {
  const source: TextSource = { name: escapeUnsafe(name), next: () => null, close: () => {} };
  return new TextInput(source, beside, text.startsWith("\ufeff") ? text.slice(1) : text);
}
