import { openBytes, standardInput } from "../../common/files/bytes.ts";
import { LineReader } from "../../common/files/lines.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { Rates } from "../../engine/index.ts";
import { Replay } from "./replay.ts";

/** Characters of output that are collected before they are printed. */
const BLOCK = 65_536;
/** Longest line of a plan, in bytes. */
const MAX_LINE_BYTES = 262_142;

export interface ConformOptions {
  /** Constants of the policy. */
  readonly rates: Rates;
  /** Whether the driver's statistics text follows each row. */
  readonly text: boolean;
  /** Receives the output, in pieces. */
  readonly print: (text: string) => void;
  /** Receives the messages that the driver would log, one line each. */
  readonly log: (message: string) => void;
}

/**
 * Replays the plan in a file, or on standard input for `-`, and prints the output of the oracle.
 * @throws {InputError} if the plan can't be read or is malformed; the rows before the error are printed
 * @throws {RunError} if the driver would crash; the rows before the crash are printed
 */
export function conform(path: string, { rates, text, print, log }: ConformOptions): void {
  const source = path === "-" ? "<stdin>" : escapeUnsafe(path);
  const replay = new Replay({ rates, text, source, log });
  let block = "";
  const flush = () => {
    const text = block;
    block = "";
    if (text !== "") print(text);
  };
  // Lines are parsed as C parses them, so bytes that are not UTF-8 must not be an error.
  const lines = new LineReader(path === "-" ? standardInput(source) : openBytes(path, source), {
    name: source,
    as: "bytes",
    maxBytes: MAX_LINE_BYTES,
    tooLong: `the line is longer than ${MAX_LINE_BYTES} characters: is this a plan?`,
  });
  try {
    while (lines.advance()) {
      block += replay.feed(lines.line);
      if (replay.done) break;
      if (block.length >= BLOCK) flush();
    }
    replay.end();
  } finally {
    lines.close();
    flush();
  }
}
