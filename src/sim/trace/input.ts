import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";

/** Bytes read at a time. */
const CHUNK_BYTES = 65_536;
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

/** Opens a file, or standard input for `-`. `name` stands for it in messages. */
export function openInput(path: string, name = path): TextInput {
  if (path === STDIN) return new ChunkedInput("<stdin>", 0);
  const shown = escapeUnsafe(name);
  let fd: number | null = null;
  try {
    fd = openSync(path, "r");
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new InputError(`${shown}: is a directory, expected a trace file`);
    // Reading it may never end.
    if (stat.isCharacterDevice() || stat.isBlockDevice())
      throw new InputError(`${shown}: is a device, expected a trace file`);
    return new ChunkedInput(shown, fd);
  } catch (error) {
    if (fd !== null) closeSync(fd);
    throw asInputError(error, shown);
  }
}

/** A text that is in memory already. */
export function textInput(text: string, name: string): TextInput {
  return new ChunkedInput(escapeUnsafe(name), null, text.startsWith("\ufeff") ? text.slice(1) : text);
}

class ChunkedInput implements TextInput {
  readonly name: string;
  lineNumber = 0;
  /** Open file; null at its end. Standard input is never closed. */
  private fd: number | null;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private readonly buffer: Uint8Array;
  private first = true;
  /** Decoded text in which lines are still to be found, and where the next one begins. */
  private text: string;
  private start = 0;
  /** Number of lines that have been decoded, for the place of bytes that can't be. */
  private decodedLines = 0;

  constructor(name: string, fd: number | null, text = "") {
    this.name = name;
    this.fd = fd;
    this.text = text;
    this.buffer = new Uint8Array(fd === null ? 0 : CHUNK_BYTES);
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
    for (let piece = this.chunk(); piece !== null; piece = this.chunk()) {
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
    const { fd } = this;
    this.fd = null;
    if (fd !== null && fd !== 0) closeSync(fd);
  }

  /** Reads on until the text holds the end of a line, or more than a line may have. */
  private fill(): void {
    const pieces = [this.text.slice(this.start)];
    let length = pieces[0]?.length ?? 0;
    for (let piece = this.chunk(); piece !== null; piece = this.chunk()) {
      pieces.push(piece);
      length += piece.length;
      if (piece.includes("\n") || length > MAX_LINE) break;
    }
    this.text = pieces.join("");
    this.start = 0;
  }

  /** The next piece of decoded text, maybe empty; null at the end. */
  private chunk(): string | null {
    if (this.fd === null) return null;
    const bytes = this.buffer.subarray(0, this.read(this.fd));
    if (this.first) {
      this.first = false;
      refuseOtherFormats(this.name, bytes);
    }
    const piece = this.decode(bytes);
    if (bytes.length === 0) {
      this.close();
      return piece === "" ? null : piece;
    }
    return piece;
  }

  private read(fd: number): number {
    for (;;) {
      try {
        return readSync(fd, this.buffer, 0, CHUNK_BYTES, null);
      } catch (error) {
        // A terminal or a pipe that another process has made non-blocking: wait for whoever writes.
        if (isSystemError(error) && error.code === "EAGAIN")
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        else if (isSystemError(error) && error.code === "EOF") return 0;
        else throw asInputError(error, this.name);
      }
    }
  }

  private decode(bytes: Uint8Array): string {
    try {
      const piece = this.decoder.decode(bytes, { stream: bytes.length > 0 });
      for (let end = piece.indexOf("\n"); end !== -1; end = piece.indexOf("\n", end + 1)) this.decodedLines++;
      return piece;
    } catch {
      const readable = Buffer.from(bytes).toString("utf8");
      const line = this.decodedLines + readable.slice(0, readable.indexOf("\ufffd")).split("\n").length;
      throw new InputError(`${this.name}:${line}: not UTF-8 text, as a trace is`);
    }
  }
}

/** Names what a file is that begins as no text does. */
function refuseOtherFormats(name: string, bytes: Uint8Array): void {
  const starts = (...magic: number[]): boolean => magic.every((byte, index) => bytes[index] === byte);
  if (starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd) || starts(0xfd, 0x37, 0x7a) || starts(0x50, 0x4b, 3, 4)) {
    throw new InputError(`${name}: is compressed: unpack it first, for example gunzip -c FILE | balloon-sim run -`);
  }
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) {
    throw new InputError(`${name}: is UTF-16 text: save it as UTF-8`);
  }
}

function asInputError(error: unknown, name: string): unknown {
  if (error instanceof InputError) return error;
  if (isSystemError(error)) return new InputError(`${name}: ${systemErrorText(error)}`);
  // A path with a NUL in it never reaches the operating system.
  if (error instanceof TypeError) return new InputError(`${name}: is no name of a file`);
  return error;
}
