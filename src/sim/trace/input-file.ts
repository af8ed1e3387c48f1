/** Files and standard input as texts of traces. */
import { dirname, isAbsolute, join } from "node:path";
import { InputError } from "../../common/errors.ts";
import type { ByteReader } from "../../common/files/byte-reader.ts";
import { type BegunBytes, beginBytes, continueBytes, openBytes, standardInput } from "../../common/files/bytes.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { BesideReader } from "./decode.ts";
import { STDIN, shownInput, TextInput, type TextSource } from "./input.ts";

/** Bytes read at a time. */
const CHUNK_BYTES = 65_536;

const EXPECTED = "a trace file";

/**
 * Opens a file, or standard input for `-`.
 * @param name replaces the path in messages; if it differs from the path, the file is a copy, and files that the trace
 * names are not looked up beside it
 * @param begun what `beginInput` has read of it; null: nothing
 */
export function openInput(path: string, name = path, begun: BegunBytes | null = null): TextInput {
  const shown = path === STDIN ? shownInput(path) : escapeUnsafe(name);
  if (begun !== null) return new TextInput(new FileText(shown, continueBytes(begun, shown)), null);
  if (path === STDIN) return new TextInput(new FileText(shown, standardInput(shown)), null);
  const bytes = openBytes(path, shown, EXPECTED);
  return new TextInput(new FileText(shown, bytes), bytes.isPlain && name === path ? besideOf(path) : null);
}

/**
 * Begins to read standard input or a pipe; `openInput` reads it again, from its beginning to its end.
 * @returns the input, and what was read of it so far, for `openInput`
 */
export function beginInput(path: string, name = path): { readonly input: TextInput; readonly begun: () => BegunBytes } {
  const shown = path === STDIN ? shownInput(path) : escapeUnsafe(name);
  const bytes = beginBytes(path === STDIN ? null : path, shown, EXPECTED);
  return { input: new TextInput(new FileText(shown, bytes), null), begun: () => bytes.begun };
}

/** Where a file that a trace names is: its path is relative to the trace's own folder. */
export const pathBeside = (trace: string, path: string): string =>
  isAbsolute(path) ? path : join(dirname(trace), path);

/** A reader of the files that a trace names. */
export const besideOf =
  (trace: string): BesideReader =>
  (path) => {
    const found = pathBeside(trace, path);
    const name = escapeUnsafe(found);
    return { text: readTextFile(found, name), name };
  };

/** The text of a file in UTF-8, read piece by piece. */
class FileText implements TextSource {
  readonly name: string;
  private readonly source: ByteReader;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private readonly buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  private isAtEnd = false;
  /** Number of decoded lines, for the place of invalid bytes. */
  private decodedLines = 0;

  constructor(name: string, source: ByteReader) {
    this.name = name;
    this.source = source;
  }

  next(): string | null {
    if (this.isAtEnd) return null;
    const isFirst = this.source.position === 0;
    const bytes = this.buffer.subarray(0, this.source.read(this.buffer, 0));
    if (isFirst) refuseOtherFormats(this.name, bytes);
    const piece = this.decode(bytes);
    if (bytes.length > 0) return piece;
    this.close();
    return piece === "" ? null : piece;
  }

  close(): void {
    this.isAtEnd = true;
    this.source.close();
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

/** Refuses binary files with a message that names their kind. */
function refuseOtherFormats(name: string, bytes: Uint8Array): void {
  const starts = (...magic: number[]): boolean => magic.every((byte, index) => bytes[index] === byte);
  if (starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd) || starts(0xfd, 0x37, 0x7a) || starts(0x50, 0x4b, 3, 4)) {
    throw new InputError(`${name}: is compressed: unpack it first, for example gunzip -c FILE | balloon-sim run -`);
  }
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) {
    throw new InputError(`${name}: is UTF-16 text: save it as UTF-8`);
  }
}
