import { readFileSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { sha256 } from "../../../common/files/hash.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { findTrace } from "../../trace/bundled.ts";
import { STDIN } from "../../trace/input.ts";
import { openTrace } from "../../trace/open.ts";
import { readTrace } from "../../trace/read.ts";
import type { WhatIf } from "../../trace/what-if.ts";
import { HeldTrace } from "./held-trace.ts";

/** A trace's file in memory: what every thread of a study reads, whatever becomes of the file. */
export interface TraceText {
  /** As the command line gave it. */
  readonly trace: string;
  readonly text: string;
  /** SHA-256 of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** Longest text that every supported Node holds as one string, in bytes. */
const MAX_BYTES = 2 ** 29 - 24;

/**
 * Reads a trace's file: its path, or the name of a bundled trace.
 * @throws {InputError} where it can't be read
 */
export function readTraceText(nameOrPath: string): TraceText {
  const shown = escapeUnsafe(nameOrPath);
  if (nameOrPath === STDIN) {
    throw new InputError("standard input (-) is no trace to tune on, which is run many times: give it a file");
  }
  const bytes = readBytes(nameOrPath);
  if (bytes.length > MAX_BYTES) {
    throw new InputError(`${shown}: larger than 512 MiB: traces to tune on are held in memory, take a part of it`);
  }
  try {
    return { trace: nameOrPath, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), sha256: sha256(bytes) };
  } catch {
    // Whoever opens it as a trace knows what it is instead, and in which line.
    openTrace(nameOrPath).close();
    throw new InputError(`${shown}: not UTF-8 text, as a trace is`);
  }
}

/**
 * The trace in a file that was read, as a what-if has it.
 * @throws {InputError} where it is damaged, or the what-if can't be that of this trace
 */
export const holdTrace = ({ trace, text }: TraceText, whatIf: WhatIf): HeldTrace =>
  new HeldTrace(readTrace(text, trace), whatIf, trace);

function readBytes(nameOrPath: string): Buffer {
  try {
    return readFileSync(findTrace(nameOrPath));
  } catch (error) {
    if (error instanceof InputError) throw error;
    // Its message is that of every command that opens traces.
    openTrace(nameOrPath).close();
    throw error;
  }
}
