/** Files and standard input as texts of traces. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import type { BesideReader } from "./decode.ts";
import { PiecewiseInput, STDIN, type TextInput, type TextSource } from "./input.ts";

/** Bytes read at a time. */
const CHUNK_BYTES = 65_536;

/**
 * Opens a file, or standard input for `-`.
 * @param name stands for it in messages; where it is another one, the file is a copy, and files that the trace names are not
 * looked for beside it
 */
export function openInput(path: string, name = path): TextInput {
  if (path === STDIN) return new PiecewiseInput(new FileText("<stdin>", 0), null);
  const shown = escapeUnsafe(name);
  let fd: number | null = null;
  try {
    fd = openSync(path, "r");
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new InputError(`${shown}: is a directory, expected a trace file`);
    // Reading it may never end.
    if (stat.isCharacterDevice() || stat.isBlockDevice())
      throw new InputError(`${shown}: is a device, expected a trace file`);
    return new PiecewiseInput(new FileText(shown, fd), stat.isFile() && name === path ? besideOf(path) : null);
  } catch (error) {
    if (fd !== null) closeSync(fd);
    throw asInputError(error, shown);
  }
}

/** A reader of the files that a trace in a file names, by paths relative to the trace's own folder. */
export const besideOf =
  (trace: string): BesideReader =>
  (path) => {
    const found = isAbsolute(path) ? path : join(dirname(trace), path);
    const name = escapeUnsafe(found);
    return { text: readTextFile(found, name), name };
  };

/** The text of a file in UTF-8, of which a piece is read at a time. */
class FileText implements TextSource {
  readonly name: string;
  /** Open file; null at its end. Standard input is never closed. */
  private fd: number | null;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private readonly buffer = new Uint8Array(CHUNK_BYTES);
  private first = true;
  /** Number of lines that have been decoded, for the place of bytes that can't be. */
  private decodedLines = 0;

  constructor(name: string, fd: number) {
    this.name = name;
    this.fd = fd;
  }

  next(): string | null {
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

  close(): void {
    const { fd } = this;
    this.fd = null;
    if (fd !== null && fd !== 0) closeSync(fd);
  }

  private read(fd: number): number {
    for (;;) {
      try {
        return readSync(fd, this.buffer, 0, CHUNK_BYTES, null);
      } catch (error) {
        // A terminal or a pipe that another process has made non-blocking: wait for the process that writes to it.
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
