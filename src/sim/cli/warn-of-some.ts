import { warn } from "../../common/cli/output.ts";

/** Maximum number of traces with a line of their own. */
const MAX_NAMED = 3;

/** Prints the first of many lines on standard error that differ only in the trace. */
export function warnOfSome(lines: readonly string[], kind: "warning" | "note" = "warning"): void {
  const distinct = [...new Set(lines)];
  for (const line of distinct.slice(0, MAX_NAMED)) warn(`balloon-sim: ${kind}: ${line}`);
  const more = distinct.length - MAX_NAMED;
  if (more > 0) warn(`balloon-sim: ${kind}: the same of ${more} more ${more === 1 ? "trace" : "traces"}`);
}
