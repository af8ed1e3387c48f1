/**
 * Reads traces: one JSON document, or JSON lines, of which only a row or two are in memory at a time. See
 * `docs/traces.md` for the format. All reads are synchronous, so that a simulation can read the next change at any
 * point.
 */
import { InputError } from "../../common/errors.ts";
import type { BesideReader } from "./decode.ts";
import { type TextInput, textInput } from "./input.ts";
import { load } from "./load.ts";
import type { Sink } from "./problems.ts";
import { RowSource } from "./row-source.ts";
import type { TraceSource } from "./types.ts";

/**
 * Reads a trace from a text, one JSON document or JSON lines.
 * @param fileName name of the text in messages
 * @param beside reads the files that the trace names; null: such a trace is refused
 * @throws {InputError} if the text is malformed
 */
export function readTrace(text: string, fileName = "<text>", beside: BesideReader | null = null): TraceSource {
  return readInput(textInput(text, fileName, beside));
}

/** All problems of a trace in a text, as in `validateTrace`. */
export function validateText(text: string, fileName = "<text>"): string[] {
  return collectProblems(() => textInput(text, fileName));
}

/** Maximum number of problems that `validateTrace` lists. */
export const MAX_LISTED = 10_000;

const throwFirst: Sink = (problem) => {
  throw new InputError(problem);
};

/** Reads the trace of an input; closes the input if that fails. */
export function readInput(input: TextInput): TraceSource {
  try {
    const source = load(input, throwFirst);
    if (source === null) throw new Error("a trace without a problem could not be read");
    return source;
  } catch (error) {
    input.close();
    throw error;
  }
}

/** The problems of the trace in the input that `open` opens, a line each. */
export function collectProblems(open: () => TextInput): string[] {
  const problems: string[] = [];
  let input: TextInput | null = null;
  const collect: Sink = (problem) => {
    if (problems.length === MAX_LISTED)
      throw new InputError(`${input?.name}: more problems than the ${MAX_LISTED} above`);
    problems.push(problem);
  };
  try {
    input = open();
    const source = load(input, collect);
    if (source instanceof RowSource) source.readToEnd();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(error.message);
  } finally {
    input?.close();
  }
  return problems;
}
