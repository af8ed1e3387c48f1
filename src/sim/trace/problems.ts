import { formatPath, type JsonFault, type JsonPath, lineAndColumn, locate } from "../../common/json.ts";
import type { Problem } from "./decode.ts";

/** Takes one line for each problem, `FILE:LINE:COLUMN: $.path: message`. It may throw, and the reader then stops. */
export type Sink = (problem: string) => void;

/** Where a piece of JSON stands: the name of its input and the line that it begins on. */
export interface TextPlace {
  readonly name: string;
  readonly line: number;
}

/** Passes on what makes a text no JSON. */
export function reportFault(text: string, place: TextPlace, fault: JsonFault, sink: Sink): void {
  sink(format(text, place, fault.offset, fault.path, fault.message));
}

/** Passes on what is wrong with a document, in the order of its text. */
export function reportProblems(text: string, place: TextPlace, problems: readonly Problem[], sink: Sink): void {
  const offsets = locate(text, problems);
  const order = problems.map((_, index) => index);
  order.sort((a, b) => (offsets[a] as number) - (offsets[b] as number) || a - b);
  for (const index of order) {
    const { path, message } = problems[index] as Problem;
    sink(format(text, place, offsets[index] as number, path, message));
  }
}

function format(text: string, place: TextPlace, offset: number, path: JsonPath, message: string): string {
  const { line, column } = lineAndColumn(text, offset);
  return `${place.name}:${place.line + line - 1}:${column}: ${formatPath(path)}: ${message}`;
}
