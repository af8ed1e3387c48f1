/** Opens and checks traces: files, standard input, and bundled traces. */
import { statSync } from "node:fs";
import type { BegunBytes } from "../../common/files/bytes.ts";
import { findTrace } from "./bundled.ts";
import type { Edit } from "./edits.ts";
import { STDIN, type TextInput } from "./input.ts";
import { beginInput, openInput } from "./input-file.ts";
import { load } from "./load.ts";
import type { Sink } from "./problems.ts";
import { collectProblems, readInput } from "./read.ts";
import type { TraceSource } from "./types.ts";

/**
 * Opens a trace: a file, `-` for standard input, or the name of a bundled trace if there is no such file.
 * @param shown replaces the name in messages
 * @param begun what `beginTrace` has read of it; null: nothing
 * @throws {InputError} if it can't be read or is malformed; of JSON lines only the beginning is read here, `next`
 * throws for the rest
 */
export function openTrace(nameOrPath: string, shown = nameOrPath, begun: BegunBytes | null = null): TraceSource {
  if (begun !== null) return readInput(openInput(nameOrPath, shown, begun));
  return readInput(openPath(nameOrPath, shown));
}

/**
 * Opens a file with other values in its document.
 * @param edits the values; each receives its own problems
 * @param sink receives all other problems of the document, or of the header of JSON lines
 * @returns null if there was a problem
 * @throws {InputError} if the file can't be read, or is no trace at all; `next` throws for rows of JSON lines
 */
export function openEdited(path: string, edits: readonly Edit[], sink: Sink): TraceSource | null {
  const input = openInput(path);
  try {
    const source = load(input, sink, edits);
    if (source === null) input.close();
    return source;
  } catch (error) {
    input.close();
    throw error;
  }
}

/** Whether a trace can be read only once: standard input, or a pipe. */
export function isReadOnce(nameOrPath: string): boolean {
  if (nameOrPath === STDIN) return true;
  try {
    return statSync(findTrace(nameOrPath)).isFIFO();
  } catch {
    // The reader that opens it reports the error.
    return false;
  }
}

/**
 * Opens a trace that can be read only once, to look at its beginning.
 * @param shown replaces the name in messages
 * @param keep gets what was read of it, for `openTrace`, also if that is no trace
 * @throws {InputError} like `openTrace`
 */
export function beginTrace(nameOrPath: string, shown: string, keep: (begun: BegunBytes) => void): TraceSource {
  const { input, begun } = beginInput(nameOrPath === STDIN ? STDIN : findTrace(nameOrPath), shown);
  try {
    return readInput(input);
  } finally {
    keep(begun());
  }
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
