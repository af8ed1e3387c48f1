import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { parseDecimal } from "../fields.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import type { Head, ReadContext } from "../reader.ts";
import { NamedPoints, type SeriesTable } from "../series-table.ts";
import { instantOf } from "./iso-time.ts";
import { columnOfCounter, inUnit } from "./vcenter-counters.ts";

/**
 * Name, instance and counter; then times, if they were requested, values and a unit. Names may contain single blanks.
 */
const LINE = /^(\S+(?: \S+)*) {2,}(\S+) {2,}([a-z]\w*(?:\.\w+)+) {2,}(\S.*)$/;
const NAME = 1;
const INSTANCE = 2;
const COUNTER = 3;
const REST = 4;
/** The mark at the end of a name that govc has cut, and the length of such a name. */
const CUT_NAME = /^.{29}\*$/;

/** Whether lines look like the output of `govc metric.sample`. */
export function looksLikeText({ lines }: Head): boolean {
  const first = lines.find((line) => line !== "");
  return first !== undefined && LINE.test(first) && / {2}mem\.\w/.test(lines.slice(0, -1).join("\n") || first);
}

/**
 * Reads all lines of an output into the table; each line is a series.
 * @param named the points of earlier lines, by name and counter
 */
export function gatherText(
  file: LogFile,
  table: SeriesTable,
  named: Map<string, NamedPoints>,
  context: ReadContext,
): void {
  const cursor = new LineCursor(file, context.report);
  while (cursor.advance()) {
    if (cursor.line === "") continue;
    // A truncated last line may end in a part of a number.
    if (!cursor.isTerminated) {
      const place = { file: file.name, line: cursor.lineNumber };
      context.report.warn("the last line is incomplete: omitted", place);
      continue;
    }
    try {
      readLine(cursor, table, named, context);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      context.damaged(error);
    }
  }
}

function readLine(cursor: LineCursor, table: SeriesTable, named: Map<string, NamedPoints>, context: ReadContext): void {
  const { line } = cursor;
  const match = LINE.exec(line);
  if (match === null) throw cursor.fault(0, "expected a line with name, instance, counter, times, values and unit");
  const name = match[NAME] as string;
  const counter = match[COUNTER] as string;
  const column = columnOfCounter(counter);
  if (CUT_NAME.test(name)) {
    context.report.warn(
      `names are cut at 30 characters, such as ${quote(name)}: govc prints whole names with -d 0`,
      cursor.place(),
    );
  }
  if (column === -1 || match[INSTANCE] !== "-") return;
  const machine = table.machine(name);
  if (!context.wants(name, null)) return;
  const fields = fieldsOf(match[REST] as string, line.length - (match[REST] as string).length);
  const [times, values] = fields;
  if (times === undefined || !times.text.includes("T")) {
    throw cursor.fault(times?.at ?? 0, "values without times: have govc print them with -t");
  }
  if (values === undefined) throw cursor.fault(line.length, "the line ends before the values");
  const stamps = timesOf(times, cursor);
  const numbers = numbersOf(values, counter, column, cursor);
  if (stamps.length !== numbers.length) {
    throw cursor.fault(values.at, `${numbers.length} values, expected ${stamps.length}, one for each time`);
  }
  const key = `${name} ${counter}`;
  const points = named.get(key) ?? new NamedPoints();
  named.set(key, points);
  if (points.contradicts(stamps, numbers)) {
    throw cursor.fault(
      0,
      `${quote(name)} has other values of ${counter} for the same time in an earlier line: two VMs of one name, or two intervals; govc -json tells VMs apart by their ids, and -i chooses one interval`,
    );
  }
  table.add(machine, { column, times: stamps, values: numbers, file: cursor.file, line: cursor.lineNumber });
}

interface Field {
  readonly text: string;
  /** Column in the line, from 0. */
  readonly at: number;
}

function fieldsOf(text: string, at: number): Field[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ text: match[0], at: at + match.index }));
}

/** The parts between commas, with their columns. */
function* partsOf({ text, at }: Field): Generator<Field> {
  let start = 0;
  for (const part of text.split(",")) {
    yield { text: part, at: at + start };
    start += part.length + 1;
  }
}

/** Times, each followed by its value's interval in seconds. */
function timesOf(field: Field, cursor: LineCursor): Float64Array {
  const times: Us[] = [];
  let isTime = true;
  for (const part of partsOf(field)) {
    if (isTime) {
      const us = instantOf(part.text);
      if (Number.isNaN(us)) {
        throw cursor.fault(part.at, `expected a time such as "2026-11-22T23:20:40Z", found ${quote(part.text)}`);
      }
      times.push(us);
    } else if (!/^\d+$/.test(part.text)) {
      throw cursor.fault(part.at, `expected the seconds of a sample, found ${quote(part.text)}`);
    }
    isTime = !isTime;
  }
  return Float64Array.from(times);
}

/** Values; percents are printed as such. */
function numbersOf(field: Field, counter: string, column: number, cursor: LineCursor): Float64Array {
  const numbers: number[] = [];
  for (const { text, at } of partsOf(field)) {
    const value = parseDecimal(text, 0, text.length);
    if (Number.isNaN(value)) throw cursor.fault(at, `expected ${counter}, a number, found ${quote(text)}`);
    numbers.push(inUnit(column, value, 1));
  }
  return Float64Array.from(numbers);
}
