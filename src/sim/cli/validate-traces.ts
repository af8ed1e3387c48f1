import { statSync } from "node:fs";
import { print, warn } from "../../common/cli/output.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { STDIN } from "../trace/input.ts";
import { inspectTrace, targetRemarkOf } from "../trace/inspect.ts";
import { openTrace, validateTrace } from "../trace/open.ts";
import { Spool } from "./spool.ts";

/** A remark about a well-formed trace, which is read a second time; null without one. */
function remarkOn(path: string, shown: string): string | null {
  const source = openTrace(path, shown);
  try {
    return targetRemarkOf(inspectTrace(source));
  } finally {
    source.close();
  }
}

/** Whether the content of a path can be read only once. */
function isReadOnce(path: string): boolean {
  try {
    return path === STDIN || statSync(path).isFIFO();
  } catch {
    return false;
  }
}

/** Executes `balloon-sim validate`: true if all traces are valid. */
export async function validateTraces(traces: readonly string[]): Promise<boolean> {
  let good = true;
  const spool = new Spool();
  try {
    for (const trace of traces) {
      // A valid trace is read a second time.
      const kept = isReadOnce(trace) ? await spool.keep(trace) : null;
      const [path, shown] = [kept ?? trace, trace === STDIN ? "<stdin>" : trace];
      const problems = validateTrace(path, shown);
      const remark = problems.length > 0 ? null : remarkOn(path, shown);
      if (problems.length > 0) good = false;
      print(problems.length > 0 ? `${problems.join("\n")}\n` : `${escapeUnsafe(trace)}: ok\n`);
      if (remark !== null) warn(`${escapeUnsafe(trace)}: warning: $.host.target: ${remark}`);
    }
  } finally {
    spool.remove();
  }
  return good;
}
