/** Opens and checks traces: files, standard input, and bundled traces. */
import { findTrace } from "./bundled.ts";
import { STDIN, type TextInput } from "./input.ts";
import { openInput } from "./input-file.ts";
import { collectProblems, readInput } from "./read.ts";
import type { TraceSource } from "./types.ts";

/**
 * Opens a trace: a file, `-` for standard input, or the name of a bundled trace if there is no such file.
 * @param shown replaces the name in messages
 * @throws {InputError} if it can't be read or is malformed; of JSON lines only the beginning is read here, `next`
 * throws for the rest
 */
export function openTrace(nameOrPath: string, shown = nameOrPath): TraceSource {
  return readInput(openPath(nameOrPath, shown));
}

/**
 * All problems of a trace, a line each (`FILE:LINE:COLUMN: $.path: message`); empty if there are none. Lists at most
 * `MAX_LISTED` problems.
 */
export function validateTrace(nameOrPath: string, shown = nameOrPath): string[] {
  return collectProblems(() => openPath(nameOrPath, shown));
}

function openPath(nameOrPath: string, shown: string): TextInput {
  return nameOrPath === STDIN ? openInput(STDIN) : openInput(findTrace(nameOrPath), shown);
}
