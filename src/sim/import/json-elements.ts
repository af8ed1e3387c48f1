/**
 * Splits a long JSON document without keeping it in memory: cuts out the values at chosen paths as texts, for
 * `JSON.parse`, one after the other; the rest is only checked for its structure. Cutting by bytes and parsing natively
 * is several times as fast as parsers that build values token by token, and keeps the place of every value.
 */
import { InputError } from "../../common/errors.ts";
import type { ByteReader } from "../../common/files/byte-reader.ts";
import { type JsonPath, lineAndColumn, locate, MAX_DEPTH, parseJson } from "../../common/json.ts";
import { quote } from "../../common/quote.ts";
import { placeText } from "../../common/text-lines.ts";
import type { LogFile } from "./log-file.ts";

/** A step of a path: a key, or null for any index of an array. */
export type ElementPath = readonly (string | null)[];

const CHUNK_BYTES = 1 << 18;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
/** Maximum length of a value. */
const MAX_ELEMENT_BYTES = 256 * 1024 * 1024;

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A value that was cut out of a document. */
export class JsonElement {
  readonly file: LogFile;
  /** Index of its path among the wanted paths. */
  readonly pathIndex: number;
  readonly text: string;
  /** Its place in the file, from 1. */
  readonly line: number;
  readonly column: number;

  constructor(file: LogFile, pathIndex: number, text: string, line: number, column: number) {
    this.file = file;
    this.pathIndex = pathIndex;
    this.text = text;
    this.line = line;
    this.column = column;
  }

  /**
   * The value.
   * @throws {InputError} naming file, line and column if it is not valid JSON
   */
  parse(): unknown {
    try {
      return JSON.parse(this.text);
    } catch {
      const result = parseJson(this.text);
      throw result.ok
        ? this.fault([], "not valid JSON")
        : this.#faultAtOffset(result.fault.offset, result.fault.message);
    }
  }

  /** An error about a value inside this one, with its place. */
  fault(path: JsonPath, message: string): InputError {
    const [offset = 0] = locate(this.text, [{ path, at: "value" }]);
    return this.#faultAtOffset(offset, message);
  }

  #faultAtOffset(offset: number, message: string): InputError {
    const { line, column } = lineAndColumn(this.text, offset);
    const place = {
      file: this.file.name,
      line: this.line + line - 1,
      column: line === 1 ? this.column + column - 1 : column,
    };
    return new InputError(`${placeText(place)}: ${message}`);
  }
}

/** Valid next tokens outside of the wanted values. */
type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end" | "nothing";

/** Cuts the values at some paths out of a document, in their order. */
export class JsonElements {
  readonly file: LogFile;
  readonly #paths: readonly ElementPath[];
  readonly #isSequence: boolean;
  readonly #source: ByteReader;
  #buffer = new Uint8Array(CHUNK_BYTES);
  #length = 0;
  #at = 0;
  /** Offset of the buffer's first byte in the file. */
  #base = 0;
  #line = 1;
  /** Offset of the first byte of the current line. */
  #lineStart = 0;
  /** Keys of the objects, and null for the arrays, that contain the current place. */
  readonly #stack: (string | null)[] = [];
  #expected: Expected = "value";

  /**
   * @param paths of the wanted values; none inside another
   * @param holds `one`: the file is one document; `sequence`: it may contain several, as the output of a program that
   * is appended to a file
   */
  constructor(file: LogFile, paths: readonly ElementPath[], holds: "one" | "sequence" = "one") {
    this.file = file;
    this.#paths = paths;
    this.#isSequence = holds === "sequence";
    this.#source = file.open();
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return this.#source.position;
  }

  /** Whether the document ended too early: complete values have been returned. */
  isCutShort = false;

  /**
   * The next value at one of the paths; null at the end.
   * @throws {InputError} naming file, line and column if the document is malformed
   */
  next(): JsonElement | null {
    for (;;) {
      const code = this.#skipBlanks();
      if (code === -1) {
        this.isCutShort = this.#expected !== "nothing";
        this.close();
        return null;
      }
      if (this.#expected === "nothing" && this.#isSequence && code === OPEN_OBJECT) this.#expected = "value";
      const isValue = this.#expected === "value" || this.#expected === "value or ]";
      if (isValue && code !== CLOSE_ARRAY) {
        const wanted = this.#wantedPath();
        if (wanted !== -1) return this.#cut(wanted);
      }
      if (!this.#step(code)) {
        this.isCutShort = true;
        this.close();
        return null;
      }
    }
  }

  close(): void {
    this.#source.close();
  }

  /** Skips one token outside of the wanted values; false if the document ends in the middle of it. */
  #step(code: number): boolean {
    const expected = this.#expected;
    switch (code) {
      case OPEN_OBJECT:
      case OPEN_ARRAY: {
        if (expected !== "value" && expected !== "value or ]") throw this.#unexpected();
        if (this.#stack.length === MAX_DEPTH) throw this.#fault("nested too deep");
        this.#stack.push(code === OPEN_ARRAY ? null : "");
        this.#expected = code === OPEN_ARRAY ? "value or ]" : "key or }";
        this.#at++;
        return true;
      }
      case CLOSE_OBJECT:
      case CLOSE_ARRAY: {
        const isEmpty = expected === (code === CLOSE_ARRAY ? "value or ]" : "key or }");
        const isInside = this.#stack.length > 0 && (this.#stack.at(-1) === null) === (code === CLOSE_ARRAY);
        if (!isInside || !(isEmpty || expected === "comma or end")) throw this.#unexpected();
        this.#stack.pop();
        this.#at++;
        this.#endValue();
        return true;
      }
      case COMMA: {
        if (expected !== "comma or end") throw this.#unexpected();
        this.#expected = this.#stack.at(-1) === null ? "value" : "key";
        this.#at++;
        return true;
      }
      case COLON: {
        if (expected !== "colon") throw this.#unexpected();
        this.#expected = "value";
        this.#at++;
        return true;
      }
      default:
        return this.#scalar(code, expected);
    }
  }

  /** Skips a string or another scalar: a key, or an unwanted value. */
  #scalar(code: number, expected: Expected): boolean {
    const isKey = expected === "key" || expected === "key or }";
    if (isKey ? code !== QUOTE : expected !== "value" && expected !== "value or ]") throw this.#unexpected();
    const { line, column } = this.#place();
    const element = this.#cut(-1);
    if (element === null) return false;
    const result = parseJson(element.text);
    if (!result.ok) {
      throw new InputError(`${placeText({ file: this.file.name, line, column })}: ${result.fault.message}`);
    }
    if (isKey) {
      this.#stack[this.#stack.length - 1] = result.value as string;
      this.#expected = "colon";
    }
    return true;
  }

  /** Cuts the value that begins here; null if the document ends too early. */
  #cut(pathIndex: number): JsonElement | null {
    const { line, column } = this.#place();
    const start = this.#at;
    const offset = this.#base + start;
    const length = this.#valueLength(start);
    if (length === -1) {
      this.isCutShort = true;
      this.close();
      return null;
    }
    // Looking for the end may have moved the value to the front of the buffer.
    const from = offset - this.#base;
    const text = UTF8.decode(this.#buffer.subarray(from, from + length));
    this.#countLines(from, from + length);
    this.#at = from + length;
    this.#endValue();
    return new JsonElement(this.file, pathIndex, text, line, column);
  }

  /** Length in bytes of the value that begins at `start`; -1 if the document ends before it does. */
  #valueLength(start: number): number {
    let from = start;
    let depth = 0;
    let isString = false;
    let isEscaped = false;
    for (let at = start; ; at++) {
      if (at === this.#length) {
        const moved = this.#fill(from);
        // A number at the very end of the document may be truncated.
        if (moved === -1) return -1;
        at -= moved;
        from -= moved;
      }
      const code = this.#buffer[at] as number;
      if (isString) {
        if (isEscaped) isEscaped = false;
        else if (code === BACKSLASH) isEscaped = true;
        else if (code === QUOTE) {
          isString = false;
          if (depth === 0) return at + 1 - from;
        }
      } else if (code === QUOTE) {
        if (depth === 0 && at > from) return at - from;
        isString = true;
      } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        if (depth === 0) return at - from;
        depth--;
        if (depth === 0) return at + 1 - from;
      } else if (depth === 0 && (code === COMMA || code === COLON || code <= 0x20)) return at - from;
    }
  }

  #endValue(): void {
    this.#expected = this.#stack.length === 0 ? "nothing" : "comma or end";
  }

  /** Index of the wanted path of the value that begins here; -1 for none. */
  #wantedPath(): number {
    const stack = this.#stack;
    return this.#paths.findIndex((path) => path.length === stack.length && path.every((step, i) => step === stack[i]));
  }

  /** The next byte that is not a blank; -1 at the end. */
  #skipBlanks(): number {
    for (;;) {
      if (this.#at === this.#length && this.#fill(this.#at) === -1) return -1;
      const code = this.#buffer[this.#at] as number;
      if (code > 0x20) {
        if (code === 0xef && this.#base + this.#at === 0) {
          // A byte order mark.
          this.#at += 3;
          continue;
        }
        return code;
      }
      this.#at++;
      if (code === NEWLINE) this.#beginLine(this.#at);
    }
  }

  /**
   * Reads more bytes, and keeps those from `keep` on.
   * @returns number of bytes by which these have moved to the front; -1 at the end of the file
   */
  #fill(keep: number): number {
    let moved = 0;
    if (keep > 0) {
      this.#buffer.copyWithin(0, keep, this.#length);
      this.#length -= keep;
      this.#base += keep;
      this.#at -= keep;
      moved = keep;
    } else if (this.#length === this.#buffer.length) this.#grow();
    const got = this.#source.read(this.#buffer, this.#length);
    this.#length += got;
    return got === 0 ? -1 : moved;
  }

  #grow(): void {
    if (this.#buffer.length >= MAX_ELEMENT_BYTES) {
      throw this.#fault(`a value longer than ${MAX_ELEMENT_BYTES / 1024 / 1024} MiB; a log has shorter ones`);
    }
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  /** Counts the line breaks of a value. */
  #countLines(from: number, to: number): void {
    const value = this.#buffer.subarray(from, to);
    for (let at = value.indexOf(NEWLINE); at !== -1; at = value.indexOf(NEWLINE, at + 1))
      this.#beginLine(from + at + 1);
  }

  #beginLine(at: number): void {
    this.#line++;
    this.#lineStart = this.#base + at;
  }

  #place(): { file: string; line: number; column: number } {
    return { file: this.file.name, line: this.#line, column: this.#base + this.#at - this.#lineStart + 1 };
  }

  #fault(message: string): InputError {
    return new InputError(`${placeText(this.#place())}: ${message}`);
  }

  #unexpected(): InputError {
    const found = quote(UTF8.decode(this.#buffer.subarray(this.#at, Math.min(this.#at + 16, this.#length))));
    return this.#fault(`expected ${EXPECTATIONS[this.#expected]}, found ${found}`);
  }
}

const EXPECTATIONS: Readonly<Record<Expected, string>> = {
  value: "a value",
  "value or ]": 'a value or "]"',
  key: "a key in double quotes",
  "key or }": 'a key in double quotes or "}"',
  colon: "a colon",
  "comma or end": "a comma or the end of the array or object",
  nothing: "nothing more",
};
