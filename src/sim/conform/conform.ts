import { once } from "node:events";
import type { Rates } from "../../engine/index.ts";
import { readLines } from "./lines.ts";
import { Replay } from "./replay.ts";

/** How much output is gathered before it is written, in characters. */
const BLOCK = 65_536;

/**
 * Replays the plan in a file, or on standard input for `-`, and writes what the oracle would write: rows to standard
 * output, the driver's messages to standard error.
 * @throws {InputError} if the plan can't be read or is malformed; the rows before that place are written
 * @throws {RunError} if the driver would crash
 */
export async function conform(
  path: string,
  { rates, text }: { readonly rates: Rates; readonly text: boolean },
): Promise<void> {
  const source = path === "-" ? "<stdin>" : path;
  const replay = new Replay({
    rates,
    text,
    source,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  let block = "";
  try {
    for await (const line of readLines(path, source)) {
      block += replay.feed(line);
      if (replay.done) break;
      if (block.length >= BLOCK) {
        await write(block);
        block = "";
      }
    }
    replay.end();
  } finally {
    await write(block);
  }
}

async function write(text: string): Promise<void> {
  if (text !== "" && !process.stdout.write(text)) await once(process.stdout, "drain");
}
