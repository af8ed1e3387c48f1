/** Opens and checks traces in files, on standard input, and among those that are bundled. */
import { findTrace } from "./bundled.ts";
import { STDIN, type TextInput } from "./input.ts";
import { openInput } from "./input-file.ts";
import { collectProblems, readInput } from "./read.ts";
import type { TraceSource } from "./types.ts";

/**
 * Opens a trace: a file, `-` for standard input, or the name of a bundled trace where there is no such file.
 * @param shown stands for it in messages
 * @throws {InputError} where it can't be read or is damaged; of JSON lines only the beginning is read here, `next` throws
 * for the rest
 */
export function openTrace(nameOrPath: string, shown = nameOrPath): TraceSource {
  return readInput(openPath(nameOrPath, shown));
}

/**
 * Everything that is wrong with a trace, a line each (`FILE:LINE:COLUMN: $.path: message`); empty where nothing is. Of
 * very many problems only the first `MAX_LISTED` are listed.
 */
export function validateTrace(nameOrPath: string, shown = nameOrPath): string[] {
  return collectProblems(() => openPath(nameOrPath, shown));
}

function openPath(nameOrPath: string, shown: string): TextInput {
  return nameOrPath === STDIN ? openInput(STDIN) : openInput(findTrace(nameOrPath), shown);
}
