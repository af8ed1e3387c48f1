import type { Trace } from "./types.ts";

type OfImport = Pick<Trace, "guest" | "origin">;

/** Whether the importer of a trace assumed a size, according to the trace's origin. */
const isAssumed = ({ origin }: OfImport, name: "swap" | "balloon" | "memory"): boolean => {
  const size = origin.importer?.options[name];
  return typeof size === "object" && size !== null && "how" in size && size.how === "assumed";
};

/** Whether a trace's guest has no swap because its log has no information about swap. */
export const isSwapAssumed = (trace: OfImport): boolean => trace.guest.swap === 0 && isAssumed(trace, "swap");

/** Whether the demand of a trace assumes an empty balloon because the log has no information about the balloon. */
export const isBalloonAssumed = (trace: OfImport): boolean => isAssumed(trace, "balloon");

/** Whether the RAM of a trace's guest is assumed: only some samples of its log agree with it. */
export const isMemoryAssumed = (trace: OfImport): boolean => isAssumed(trace, "memory");
