import { escapeUnsafe } from "../../common/quote.ts";
import { STDIN } from "../trace/input.ts";
import { isReadOnce } from "../trace/open.ts";

/** The first of the traces that can be read only once, in words for a message; null if all can be read again. */
export function readOnceAmong(traces: readonly string[]): string | null {
  const found = traces.find(isReadOnce);
  if (found === undefined) return null;
  return found === STDIN ? "standard input (-)" : `the pipe ${escapeUnsafe(found)}`;
}
