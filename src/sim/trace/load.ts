import { emptyInput } from "../../common/empty-input.ts";
import { InputError } from "../../common/errors.ts";
import { type JsonPath, parseJson } from "../../common/json.ts";
import { quote } from "../../common/quote.ts";
import { traceSource } from "./changes.ts";
import { startProblems } from "./check.ts";
import { seriesPath } from "./columns.ts";
import { type BesideReader, Decoder } from "./decode.ts";
import { documentReader, type TraceDocument } from "./document.ts";
import { type Edit, EditedDocument } from "./edits.ts";
import { MAX_LINE, type TextInput } from "./input.ts";
import { otherFile } from "./other-files.ts";
import { reportFault, reportProblems, type Sink, type TextPlace } from "./problems.ts";
import { RowSource } from "./row-source.ts";
import { RowReader } from "./rows.ts";
import type { TraceSource } from "./types.ts";

/**
 * Reads a trace up to its first change: all of a JSON document, or header and first row of JSON lines.
 * @param sink receives the problems
 * @param edits values that replace those of the document, or of the header; they receive their own problems
 * @returns null if the trace is invalid and neither the sink nor an edit did throw
 */
export function load(input: TextInput, sink: Sink, edits: readonly Edit[] = []): TraceSource | null {
  const begin = firstLine(input);
  const place: TextPlace = { name: input.name, line: input.lineNumber + 1 };
  if (begin.length <= MAX_LINE) {
    input.advance();
    if (isHeader(begin, input)) return loadLines(begin, place, input, sink, edits);
  }
  const rest = input.rest();
  const text = begin.length > MAX_LINE ? rest : rest === "" ? begin : `${begin}\n${rest}`;
  input.close();
  const document = decodeDocument(text, place, sink, { isHeader: false, beside: input.beside, edits });
  return document === null ? null : traceSource(document.trace);
}

function loadLines(
  header: string,
  place: TextPlace,
  input: TextInput,
  sink: Sink,
  edits: readonly Edit[],
): TraceSource | null {
  const document = decodeDocument(header, place, sink, { isHeader: true, beside: input.beside, edits });
  if (document === null || document.columns === null) return null;
  const { edited } = document;
  for (const { series } of document.columns) edited.refuse(seriesPath(series), "the values of this series are in rows");
  if (!edited.isGood) return null;
  const reader = new RowReader(input, document.trace, document.columns, sink);
  const problem = (path: JsonPath, message: string): void => {
    // The value may have been in a damaged row.
    if (reader.damaged || edited.claims({ path, message })) return;
    reportProblems(header, place, [{ path, at: "value", message }], sink);
  };
  const source = new RowSource(
    document.trace,
    document.columns,
    reader,
    ({ key }) => problem(["rows", key], "no value at time 0: give one in a row at t = 0, or a constant in the header"),
    () => input.close(),
  );
  for (const { path, message } of startProblems(source.trace)) problem(path, message);
  if (source.isInstant) problem([], "no row after time 0 and no duration: how long does the trace last?");
  return edited.isGood ? source : null;
}

/** The first line that is not blank, not consumed. */
function firstLine(input: TextInput): string {
  for (let line = input.peek(); line !== null; line = input.peek()) {
    const column = line.search(/\S/);
    if (column === -1 && line.length <= MAX_LINE) {
      input.advance();
      continue;
    }
    const other = otherFile(line);
    if (other !== null) throw new InputError(`${input.name}: is ${other.what}, expected a trace (${other.hint})`);
    // An input with another beginning may be endless: refuse it before reading on.
    if (line.charAt(column) === "{") return line;
    const found = quote(line.slice(Math.max(0, column)), 24);
    throw new InputError(
      `${input.name}:${input.lineNumber + 1}:${column + 1}: expected a trace, which is a JSON object, found ${found}`,
    );
  }
  throw emptyInput(input.name, "a trace");
}

/**
 * Whether the first line is the header of JSON lines: a complete object that has `rows`, or a malformed one that a row
 * follows.
 */
function isHeader(line: string, input: TextInput): boolean {
  if (line.includes('"rows"')) {
    try {
      if (Object.hasOwn(JSON.parse(line) as object, "rows")) return true;
    } catch {
      // The beginning of a document, or a malformed header.
    }
  }
  return /^\s*\{\s*"t"\s*:/.test(input.peek()?.slice(0, 256) ?? "");
}

/** How a document is decoded. */
interface Decoding {
  /** Whether rows follow. */
  readonly isHeader: boolean;
  readonly beside: BesideReader | null;
  readonly edits: readonly Edit[];
}

function decodeDocument(
  text: string,
  place: TextPlace,
  sink: Sink,
  { isHeader: lines, beside, edits }: Decoding,
): (TraceDocument & { readonly edited: EditedDocument }) | null {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    reportFault(text, place, parsed.fault, sink);
    return null;
  }
  const edited = new EditedDocument(parsed.value, edits);
  const decoder = new Decoder(beside);
  const document = decoder.run(documentReader(nameOf(place.name), lines), edited.value);
  const problems = decoder.problems.filter((problem) => !edited.claims(problem));
  if (problems.length > 0) reportProblems(text, place, problems, sink);
  const isGood = document !== null && decoder.problems.length === 0 && edited.isGood;
  return isGood ? { ...document, edited } : null;
}

/** The name of a trace without one: its file's. */
function nameOf(file: string): string {
  return file
    .replace(/\/+$/, "")
    .replace(/^.*\//s, "")
    .replace(/\.(?:jsonl?|ndjson)$/, "")
    .replace(/^<(.*)>$/, "$1");
}
