import { InputError, RunError } from "../../../src/common/errors.ts";
import type { Rates } from "../../../src/engine/index.ts";
import { Replay } from "../../../src/sim/conform/replay.ts";
import type { Said } from "../drivers/oracle.ts";

/** What `conform` says to a plan, without a process. The message about a malformed plan is apart, in `error`. */
export function replayText(plan: string, rates: Rates, text = false): Said & { readonly error?: string } {
  let stdout = "";
  let stderr = "";
  const log = (message: string) => {
    stderr += `${message}\n`;
  };
  const replay = new Replay({ rates, text, source: "plan", log });
  const lines = plan.split("\n");
  if (lines.at(-1) === "") lines.pop();
  try {
    for (const line of lines) {
      stdout += replay.feed(line);
      if (replay.done) break;
    }
    replay.end();
  } catch (error) {
    if (error instanceof InputError) return { stdout, stderr, status: 2, error: error.message };
    if (error instanceof RunError) return { stdout, stderr, status: 1, error: error.message };
    throw error;
  }
  return { stdout, stderr, status: 0 };
}
