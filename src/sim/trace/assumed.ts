import type { Trace } from "./types.ts";

type OfImport = Pick<Trace, "guest" | "origin">;

/** A size that the importer of a trace decided on, as it notes it: with how it came to be known. */
const isAssumed = ({ origin }: OfImport, name: "swap" | "balloon" | "memory"): boolean => {
  const size = origin.importer?.options[name];
  return typeof size === "object" && size !== null && "how" in size && size.how === "assumed";
};

/** Whether a trace's guest has no swap because its log did not say, and not because it is so. */
export const isSwapAssumed = (trace: OfImport): boolean => trace.guest.swap === 0 && isAssumed(trace, "swap");

/** Whether the demand of a trace counts the logged guest's balloon as empty because its log did not have it. */
export const isBalloonAssumed = (trace: OfImport): boolean => isAssumed(trace, "balloon");

/** Whether the RAM of a trace's guest is one that its log bears out in some samples only. */
export const isMemoryAssumed = (trace: OfImport): boolean => isAssumed(trace, "memory");
