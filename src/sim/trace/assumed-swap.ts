import type { Trace } from "./types.ts";

/** Whether a trace's guest has no swap because its log did not say, and not because it is so: the importer notes which. */
export function isSwapAssumed({ guest, origin }: Pick<Trace, "guest" | "origin">): boolean {
  const swap = origin.importer?.options.swap;
  return guest.swap === 0 && typeof swap === "object" && swap !== null && "how" in swap && swap.how === "assumed";
}
