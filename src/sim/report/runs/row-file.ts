/**
 * Reads rows of `balloon-sim run`: as CSV, as JSON lines, or as one JSON array. CSV is parsed here and not by
 * csv-parse, which takes three times as long for rows of numbers and doesn't report the column of a field in its line.
 */
import { InputError } from "../../../common/errors.ts";
import type { InputFile } from "../../../common/files/input-file.ts";
import { LineReader } from "../../../common/files/lines.ts";
import { readTextFile } from "../../../common/files/text-file.ts";
import { formatPath, lineAndColumn, locate, parseJson } from "../../../common/json.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { describe, escapeUnsafe, quote } from "../../../common/quote.ts";
import { type Column, columnNamed, columnNames } from "../../output/columns.ts";
import { csvText } from "../../output/csv.ts";
import type { RunName } from "../../output/run-labels.ts";

/** Receives the rows of a file. */
export interface RowHandler {
  /** The columns of the file, in its order; called once, before any row. */
  begin(columns: readonly Column[]): void;
  /**
   * A row. `run` is the content of its leading columns, `values` are valid until the call returns. `fault` creates an
   * error with the row's place.
   */
  row(run: RowRun, values: Float64Array, fault: (message: string) => InputError): void;
}

/** The run of a row, by its leading columns. */
export interface RowRun {
  /** Columns `trace` and `name`; null without them; without `name`, the name is that of the file. */
  readonly name: RunName | null;
  /** Column `world`; null without it. */
  readonly world: string | null;
}

const EXPECTED = "expected a trace, rows that balloon-sim run wrote, or a study that tune did";

/** Leading columns, for several traces in a file, and for several worlds. */
const TRACE = "trace";
const NAME = "name";
const WORLD = "world";
const LEADING = [TRACE, NAME, WORLD];
const TIME = "time_s";

/**
 * Reads the rows of a file.
 * @throws {InputError} with file, line and column for content that `balloon-sim run` does not write
 */
export function readRowFile(file: InputFile, handler: RowHandler): void {
  const first = file.head().trimStart()[0];
  if (first === "[") readArray(file, handler);
  else if (first === "{") readObjects(file, handler);
  else readCsv(file, handler);
}

/** Longest row, in bytes: much longer than all columns of a run. */
const MAX_ROW_BYTES = 32 * 1024 * 1024;

const linesOf = (file: InputFile): LineReader =>
  new LineReader(file.open(), {
    name: file.name,
    maxBytes: MAX_ROW_BYTES,
    tooLong: `this line is longer than ${MAX_ROW_BYTES / 1024 / 1024} MiB, ${EXPECTED}`,
  });

/** The columns with these names. `fault` gets the index of the invalid name. */
function columnsOf(names: readonly string[], fault: (index: number, message: string) => InputError): Column[] {
  const columns = names.map((name, i) => {
    const column = columnNamed(name);
    if (column === undefined) {
      const hint = didYouMean(name, columnNames());
      throw fault(i, `${quote(name)} is no column of balloon-sim run${hint} (${EXPECTED})`);
    }
    if (names.indexOf(name) !== i) throw fault(i, `the column ${quote(name)} is given twice`);
    return column;
  });
  if (!names.includes(TIME)) throw fault(0, `the column ${TIME} is missing, without which there are no curves`);
  return columns;
}

function readCsv(file: InputFile, handler: RowHandler): void {
  const cursor = linesOf(file);
  try {
    cursor.advance();
    const names = cursor.line.split(",");
    const leading = LEADING.filter((name, i) => names.slice(0, i + 1).includes(name));
    const skip = leading.length;
    const columns = columnsOf(names.slice(skip), (i, message) =>
      cursor.fault(names.slice(0, i + skip).join().length + (i + skip > 0 ? 1 : 0), message),
    );
    handler.begin(columns);
    const values = new Float64Array(columns.length);
    const fault = (message: string) => cursor.fault(0, message);
    while (cursor.advance()) {
      if (cursor.line === "") continue;
      const fields: string[] = [];
      let at = 0;
      while (fields.length < skip) {
        const [text, next] = textField(cursor, at);
        fields.push(text);
        at = next;
      }
      readNumbers(cursor, at, values);
      const [trace, name, world] = LEADING.map((column) => fields[leading.indexOf(column)]);
      handler.row(rowRun(trace, name, world), values, fault);
    }
  } finally {
    cursor.close();
  }
}

const rowRun = (trace?: string, name = trace, world?: string): RowRun => ({
  name: trace === undefined ? null : { trace, name: name as string },
  world: world ?? null,
});

/** The text of the field that begins at `start`, which may be quoted, and the beginning of the next one. */
function textField(cursor: LineReader, start: number): [string, number] {
  const { line } = cursor;
  const quoted = /"((?:[^"]|"")*)",/y;
  quoted.lastIndex = start;
  const match = quoted.exec(line);
  if (match !== null) return [csvText((match[1] as string).replaceAll('""', '"')), quoted.lastIndex];
  const comma = line.indexOf(",", start);
  if (comma === -1 || line[start] === '"') throw cursor.fault(start, "expected the name of a trace and a comma");
  return [csvText(line.slice(start, comma)), comma + 1];
}

function readNumbers(cursor: LineReader, start: number, values: Float64Array): void {
  const { line } = cursor;
  let at = start;
  for (let i = 0; i < values.length; i++) {
    const isLast = i === values.length - 1;
    let end = line.indexOf(",", at);
    if (end === -1) end = line.length;
    if ((end === line.length) !== isLast) {
      const found = line.slice(start).split(",").length;
      throw cursor.fault(0, `expected ${values.length} numbers as the first line names, found ${found}`);
    }
    const text = line.slice(at, end);
    const value = Number(text);
    if (text === "" || !Number.isFinite(value)) throw cursor.fault(at, `expected a number, found ${quote(text)}`);
    values[i] = value;
    at = end + 1;
  }
}

/** A reader of rows that are objects, all with the members of the first one. */
class ObjectRows {
  readonly #handler: RowHandler;
  #names: readonly string[] = [];
  #values = new Float64Array(0);

  constructor(handler: RowHandler) {
    this.#handler = handler;
  }

  /** Whether there was no row. */
  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  take(row: unknown, fault: (message: string, member?: string) => InputError): void {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw fault(`expected an object such as {"time_s":0}, found ${describe(row)}`);
    }
    const members = row as Record<string, unknown>;
    if (this.#names.length === 0) {
      this.#names = Object.keys(members).filter((name) => !LEADING.includes(name));
      this.#handler.begin(columnsOf(this.#names, (i, message) => fault(message, this.#names[i])));
      this.#values = new Float64Array(this.#names.length);
    }
    const [trace, name] = [TRACE, NAME].map((key) => {
      const text = members[key];
      if (text !== undefined && typeof text !== "string") throw fault(`expected a name, found ${describe(text)}`, key);
      return text;
    });
    const world = members[WORLD];
    if (world !== undefined && !Number.isSafeInteger(world))
      throw fault(`expected the number of a world, found ${describe(world)}`, WORLD);
    this.#names.forEach((name, i) => {
      const value = members[name];
      if (typeof value !== "number" || !Number.isFinite(value))
        throw fault(`${name}: expected a number, found ${describe(value)}`, name);
      this.#values[i] = value;
    });
    this.#handler.row(rowRun(trace, name, world === undefined ? undefined : String(world)), this.#values, fault);
  }
}

function readObjects(file: InputFile, handler: RowHandler): void {
  const cursor = linesOf(file);
  const rows = new ObjectRows(handler);
  try {
    while (cursor.advance()) {
      if (cursor.line.trim() === "") continue;
      const parsed = parseJson(cursor.line);
      if (!parsed.ok) {
        const { offset, message } = parsed.fault;
        throw rows.isEmpty && !cursor.line.includes(`"${TIME}"`)
          ? (faultOfDocument(file) ?? cursor.fault(0, EXPECTED))
          : cursor.fault(offset, message);
      }
      rows.take(parsed.value, (message) => cursor.fault(0, message));
    }
  } finally {
    cursor.close();
  }
}

/** What is wrong with the JSON of a file that is one document; null: nothing. */
function faultOfDocument(file: InputFile): InputError | null {
  const text = readTextFile(file.path, escapeUnsafe(file.name));
  const parsed = parseJson(text);
  if (parsed.ok) return null;
  const { offset, path, message } = parsed.fault;
  return new InputError(`${placeIn(file, text, offset)}: ${formatPath(path)}: ${message}`);
}

function placeIn(file: InputFile, text: string, offset: number): string {
  const { line, column } = lineAndColumn(text, offset);
  return `${escapeUnsafe(file.name)}:${line}:${column}`;
}

function readArray(file: InputFile, handler: RowHandler): void {
  const text = readTextFile(file.path, escapeUnsafe(file.name));
  const place = (offset: number) => placeIn(file, text, offset);
  const parsed = parseJson(text);
  if (!parsed.ok) throw new InputError(`${place(parsed.fault.offset)}: ${parsed.fault.message}`);
  const rows = new ObjectRows(handler);
  (parsed.value as readonly unknown[]).forEach((row, i) => {
    rows.take(row, (message, member) => {
      const path = member === undefined ? [i] : [i, member];
      const [offset = 0] = locate(text, [{ path, at: "value" }]);
      return new InputError(`${place(offset)}: ${formatPath(path)}: ${message}`);
    });
  });
}
