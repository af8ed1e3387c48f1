/**
 * Reads traces: one JSON document, or JSON lines, of which only a row or two are held at a time. See `docs/traces.md` for
 * the format. All reads are synchronous, so that a simulation can ask for the next change wherever it stands.
 */
import { InputError } from "../../common/errors.ts";
import type { BesideReader } from "./decode.ts";
import { type TextInput, textInput } from "./input.ts";
import { load } from "./load.ts";
import type { Sink } from "./problems.ts";
import { RowSource } from "./row-source.ts";
import type { TraceSource } from "./types.ts";

/**
 * A trace from a text, one JSON document or JSON lines.
 * @param fileName stands for the text in messages
 * @param beside reads the files that the trace names; null: such a trace is refused
 * @throws {InputError} where the text is damaged
 */
export function readTrace(text: string, fileName = "<text>", beside: BesideReader | null = null): TraceSource {
  return readInput(textInput(text, fileName, beside));
}

/** Everything that is wrong with a trace that is a text, as `validateTrace` says it of a file. */
export function validateText(text: string, fileName = "<text>"): string[] {
  return collectProblems(() => textInput(text, fileName));
}

/** Problems that `validateTrace` lists before it says that there are more. */
export const MAX_LISTED = 10_000;

const throwFirst: Sink = (problem) => {
  throw new InputError(problem);
};

/** The trace that an input holds; the input is closed where that fails. */
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

/** What is wrong with the trace in the input that `open` opens, a line each. */
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
