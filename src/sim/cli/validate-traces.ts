import { print, warn } from "../../common/cli/output.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { STDIN } from "../trace/input.ts";
import { inspectTrace } from "../trace/inspect.ts";
import { openTrace, validateTrace } from "../trace/read.ts";
import { targetRemark } from "../trace/target-remark.ts";

/** What is odd about a good trace; null where nothing is. */
function remarkOn(trace: string): string | null {
  const source = openTrace(trace);
  try {
    const { guest, series } = inspectTrace(source);
    return targetRemark(guest.memory, series.find(({ name }) => name === "target")?.max ?? 0);
  } finally {
    source.close();
  }
}

/** The work of `balloon-sim validate`: true where all traces are good. */
export function validateTraces(traces: readonly string[]): boolean {
  let good = true;
  for (const trace of traces) {
    const problems = validateTrace(trace);
    if (problems.length > 0) good = false;
    const remark = problems.length > 0 || trace === STDIN ? null : remarkOn(trace);
    print(problems.length > 0 ? `${problems.join("\n")}\n` : `${escapeUnsafe(trace)}: ok\n`);
    if (remark !== null) warn(`${escapeUnsafe(trace)}: warning: $.host.target: ${remark}`);
  }
  return good;
}
