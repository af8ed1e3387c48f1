import { formatPath, type JsonFault, type JsonPath, lineAndColumn, locate } from "../../common/json.ts";
import type { Problem } from "./decode.ts";

/** Receives one line for each problem, `FILE:LINE:COLUMN: $.path: message`. If it throws, the reader stops. */
export type Sink = (problem: string) => void;

/** The place of a piece of JSON: the name of its input and its first line. */
export interface TextPlace {
  readonly name: string;
  readonly line: number;
}

/** Reports a syntax error of a JSON text. */
export function reportFault(text: string, place: TextPlace, fault: JsonFault, sink: Sink): void {
  sink(format(text, place, fault.offset, fault.path, fault.message));
}

/** Reports the problems of a document, in the order of its text. */
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
