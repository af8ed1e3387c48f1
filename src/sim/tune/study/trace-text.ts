import { readFileSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { readWhole, standardInput } from "../../../common/files/bytes.ts";
import { sha256 } from "../../../common/files/hash.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { findTrace } from "../../trace/bundled.ts";
import { STDIN, shownInput } from "../../trace/input.ts";
import { besideOf } from "../../trace/input-file.ts";
import { isReadOnce, openTrace } from "../../trace/open.ts";
import { readTrace } from "../../trace/read.ts";
import type { TraceSource } from "../../trace/types.ts";
import type { WhatIf } from "../../trace/what-if.ts";
import { HeldTrace } from "./held-trace.ts";

/** A trace's file in memory: every thread of a study reads it, even if the file changes or disappears. */
export interface TraceText {
  /** As on the command line. */
  readonly trace: string;
  readonly text: string;
  /** SHA-256 of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Text of the machine file that the trace names; absent: it names none. */
  readonly machine?: string;
  /** For a host file: the folder to which the paths in it are relative, and `sha256` is that of all files that its runs read. */
  readonly folder?: string;
}

/** Longest string of every supported Node, in bytes. */
const MAX_BYTES = 2 ** 29 - 24;

/**
 * Reads a trace's file: a path, `-` for standard input, or the name of a bundled trace.
 * @throws {InputError} if it can't be read
 */
export function readTraceText(nameOrPath: string): TraceText {
  const shown = shownInput(nameOrPath);
  const bytes = readBytes(nameOrPath);
  if (bytes.length > MAX_BYTES) {
    throw new InputError(`${shown}: larger than 512 MiB, too large to be held in memory as text: take a part of it`);
  }
  try {
    return { trace: nameOrPath, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), sha256: sha256(bytes) };
  } catch {
    // Opening it as a trace reports its kind, with the line.
    if (!isReadOnce(nameOrPath)) openTrace(nameOrPath).close();
    throw new InputError(`${shown}: not UTF-8 text, as a trace is`);
  }
}

/**
 * The trace in a file, with a what-if.
 * @throws {InputError} if it is malformed, or the what-if is invalid for it
 */
export const holdTrace = ({ trace, text, machine }: TraceText, whatIf: WhatIf): HeldTrace => {
  const beside =
    machine === undefined ? null : () => ({ text: machine, name: `machine file of ${escapeUnsafe(trace)}` });
  return new HeldTrace(readTrace(text, trace, beside), whatIf, trace);
};

/**
 * Reads a trace's file once: its text, together with that of the machine file that it names, so that a study depends on no
 * file that may change, and the trace that it holds, as a what-if has it.
 * @throws {InputError} where a file can't be read, the trace is damaged, or the what-if can't be that of this trace
 */
export function readHeldTrace(nameOrPath: string, whatIf: WhatIf): { text: TraceText; held: HeldTrace } {
  const text = readTraceText(nameOrPath);
  const { source, machine } = readWithMachine(text.text, nameOrPath, shownInput(nameOrPath));
  const held = new HeldTrace(source, whatIf, nameOrPath);
  return { text: machine === null ? text : { ...text, machine: machine.text }, held };
}

/** A file that a trace names: its name for messages, and its text. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Opens a trace whose text was read from a file.
 * @param shown name of the trace in messages
 * @returns the trace, and the machine file that it names, or null if it names none
 * @throws {InputError} if the trace is malformed, or the machine file can't be read
 */
export function readWithMachine(
  text: string,
  nameOrPath: string,
  shown = nameOrPath,
): { readonly source: TraceSource; readonly machine: NamedText | null } {
  // What comes through a pipe has no folder.
  const beside = isReadOnce(nameOrPath) ? null : besideOf(findTrace(nameOrPath));
  if (beside === null) return { source: readTrace(text, shown), machine: null };
  let machine: NamedText | null = null;
  const source = readTrace(text, shown, (path) => {
    const file = beside(path);
    machine = file;
    return file;
  });
  return { source, machine };
}

function readBytes(nameOrPath: string): Buffer {
  if (nameOrPath === STDIN) return readWhole(standardInput(shownInput(STDIN)));
  try {
    return readFileSync(findTrace(nameOrPath));
  } catch (error) {
    if (error instanceof InputError) throw error;
    // Its message is the same as that of other commands.
    openTrace(nameOrPath).close();
    throw error;
  }
}
