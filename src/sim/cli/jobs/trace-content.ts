import { escapeUnsafe } from "../../../common/quote.ts";
import { readTrace } from "../../trace/read.ts";
import type { TraceSource } from "../../trace/types.ts";
import { type NamedText, readTraceText, readWithMachine } from "../../tune/study/trace-text.ts";

/** The texts that a trace consists of, for a machine that does not have its files. */
export interface TraceContent {
  readonly text: string;
  /** The machine file that the trace names; null: it names none. */
  readonly machine: NamedText | null;
}

/**
 * Reads the texts of a trace.
 * @param shown name of the trace in messages
 * @throws {InputError} if the file can't be read
 */
export function readContent(nameOrPath: string, shown: string): TraceContent {
  // A malformed trace is reported by its run, with the same message.
  const { text } = readTraceText(nameOrPath);
  // A trace that names no machine file need not be parsed here.
  if (!text.includes('"machine"')) return { text, machine: null };
  const { source, machine } = readWithMachine(text, nameOrPath, shown);
  source.close();
  return { text, machine };
}

/** Opens a trace of texts. @param shown its name in messages */
export const openContent = ({ text, machine }: TraceContent, shown: string): TraceSource =>
  readTrace(text, escapeUnsafe(shown), machine === null ? null : () => machine);
