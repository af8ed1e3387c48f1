/**
 * Reads traces: one JSON document, or JSON lines, of which only a row or two are held at a time. See `docs/traces.md` for
 * the format. All reads are synchronous, so that a simulation can ask for the next change wherever it stands.
 */
import { InputError } from "../../common/errors.ts";
import { findTrace } from "./bundled.ts";
import { openInput, STDIN, type TextInput, textInput } from "./input.ts";
import { load } from "./load.ts";
import type { Sink } from "./problems.ts";
import { RowSource } from "./row-source.ts";
import type { TraceSource } from "./types.ts";

/**
 * Opens a trace: a file, `-` for standard input, or the name of a bundled trace where there is no such file.
 * @param shown stands for it in messages
 * @throws {InputError} where it can't be read or is damaged; of JSON lines only the beginning is read here, `next` throws
 * for the rest
 */
export function openTrace(nameOrPath: string, shown = nameOrPath): TraceSource {
  return read(openPath(nameOrPath, shown));
}

/**
 * A trace from a text, one JSON document or JSON lines.
 * @param fileName stands for the text in messages
 * @throws {InputError} where the text is damaged
 */
export function readTrace(text: string, fileName = "<text>"): TraceSource {
  return read(textInput(text, fileName));
}

/**
 * Everything that is wrong with a trace, a line each (`FILE:LINE:COLUMN: $.path: message`); empty where nothing is. Of
 * very many problems only the first `MAX_LISTED` are listed.
 */
export function validateTrace(nameOrPath: string, shown = nameOrPath): string[] {
  return collectProblems(() => openPath(nameOrPath, shown));
}

/** The same for a text. */
export function validateText(text: string, fileName = "<text>"): string[] {
  return collectProblems(() => textInput(text, fileName));
}

/** Problems that `validateTrace` lists before it says that there are more. */
export const MAX_LISTED = 10_000;

function openPath(nameOrPath: string, shown: string): TextInput {
  return nameOrPath === STDIN ? openInput(STDIN) : openInput(findTrace(nameOrPath), shown);
}

const throwFirst: Sink = (problem) => {
  throw new InputError(problem);
};

function read(input: TextInput): TraceSource {
  try {
    const source = load(input, throwFirst);
    if (source === null) throw new Error("a trace without a problem could not be read");
    return source;
  } catch (error) {
    input.close();
    throw error;
  }
}

function collectProblems(open: () => TextInput): string[] {
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
