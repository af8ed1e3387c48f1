import { medianOf } from "../../../common/statistics.ts";
import type { CauseName } from "../../causes/index.ts";
import type { Explained } from "../../why/explain.ts";

/** Causes that a run without them is tried for: the remedy that shows their share, and what they are. */
const SHARES: Partial<Record<CauseName, readonly [remedy: string, what: string, verb: string]>> = {
  refused: ["no-refusals", "The refusals", "make"],
  reset: ["no-resets", "The reset", "makes"],
  "command-failed": ["no-failures", "The failed commands", "make"],
};

/**
 * How much of what the balloon lacks of its target the cause makes, by the run without it: the rest is the driver's pace and what
 * else slows it. Null: the episode is not about that.
 */
export function shareText({ cause, measure, asItIs, tried }: Explained): string | null {
  const [remedy, what, verb] = SHARES[cause] ?? [];
  const without = tried.find((one) => one.remedy === remedy);
  const all = medianOf(asItIs.window);
  if (measure !== "deficit" || !without?.values || all === 0) return null;
  if (without.effect === "none" || without.effect === "worse") {
    return `${what} ${verb} no significant part of what the balloon lacked of the target: the driver takes that time anyway.`;
  }
  const share = Math.round(100 * (1 - medianOf(without.values.window) / all));
  if (share >= 90) return `${what} ${verb} ${share}% of what the balloon lacked of the target.`;
  return `${what} ${verb} ${share}% of what the balloon lacked of the target; the other ${100 - share}% are the time that the driver takes to get there anyway.`;
}
