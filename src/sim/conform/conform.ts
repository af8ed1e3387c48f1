import { escapeUnsafe } from "../../common/quote.ts";
import type { Rates } from "../../engine/index.ts";
import { readLines } from "./lines.ts";
import { Replay } from "./replay.ts";

/** How much output is gathered before it is printed, in characters. */
const BLOCK = 65_536;

export interface ConformOptions {
  /** Constants of the policy. */
  readonly rates: Rates;
  /** Whether each row is followed by the driver's statistics text. */
  readonly text: boolean;
  /** Takes the output, in pieces. */
  readonly print: (text: string) => void;
  /** Takes the messages that the driver would log, each a line. */
  readonly log: (message: string) => void;
}

/**
 * Replays the plan in a file, or on standard input for `-`, and prints what the oracle would print.
 * @throws {InputError} if the plan can't be read or is malformed; the rows before that place are printed
 * @throws {RunError} if the driver would crash; likewise
 */
export async function conform(path: string, { rates, text, print, log }: ConformOptions): Promise<void> {
  const source = path === "-" ? "<stdin>" : escapeUnsafe(path);
  const replay = new Replay({ rates, text, source, log });
  let block = "";
  const flush = () => {
    const text = block;
    block = "";
    if (text !== "") print(text);
  };
  try {
    for await (const line of readLines(path, source)) {
      block += replay.feed(line);
      if (replay.done) break;
      if (block.length >= BLOCK) flush();
    }
    replay.end();
  } finally {
    flush();
  }
}
