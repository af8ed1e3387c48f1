import { print } from "../../common/cli/output.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { validateTrace } from "../trace/read.ts";

/** The work of `balloon-sim validate`: true where all traces are good. */
export function validateTraces(traces: readonly string[]): boolean {
  let good = true;
  for (const trace of traces) {
    const problems = validateTrace(trace);
    if (problems.length > 0) good = false;
    print(problems.length > 0 ? `${problems.join("\n")}\n` : `${escapeUnsafe(trace)}: ok\n`);
  }
  return good;
}
