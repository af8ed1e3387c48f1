import { escapeUnsafe } from "../../../common/quote.ts";
import { findTrace } from "../../trace/bundled.ts";
import { besideOf } from "../../trace/input-file.ts";
import { readTrace } from "../../trace/read.ts";
import type { TraceSource } from "../../trace/types.ts";
import { readTraceText } from "../../tune/study/trace-text.ts";

/** The texts that a trace consists of, for a machine that does not have its files. */
export interface TraceContent {
  readonly text: string;
  /** The machine file that the trace names; null: it names none. */
  readonly machine: { readonly name: string; readonly text: string } | null;
}

/**
 * Reads the texts of a trace.
 * @param shown name of the trace in messages
 * @throws {InputError} if the file can't be read
 */
export function readContent(nameOrPath: string, shown: string): TraceContent {
  // A malformed trace is reported by its run, with the same message.
  const { text } = readTraceText(nameOrPath);
  let machine: TraceContent["machine"] = null;
  if (text.includes('"machine"')) {
    const beside = besideOf(findTrace(nameOrPath));
    readTrace(text, shown, (path) => {
      machine = beside(path);
      return machine;
    }).close();
  }
  return { text, machine };
}

/** Opens a trace of texts. @param shown its name in messages */
export const openContent = ({ text, machine }: TraceContent, shown: string): TraceSource =>
  readTrace(text, escapeUnsafe(shown), machine === null ? null : () => machine);
