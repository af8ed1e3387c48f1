import type { CauseName } from "../../causes/index.ts";
import { spreadText } from "../../output/spread-words.ts";
import { spreadOf } from "../../tune/spread.ts";
import type { Effect } from "../../why/effect.ts";
import type { Explained } from "../../why/explain.ts";

/** Causes that a run without them is tried for: the remedy that shows their share, and what they are. */
const SHARES: Partial<Record<CauseName, readonly [remedy: string, what: string, verb: string, them: string]>> = {
  refused: ["no-refusals", "The refusals", "make", "them"],
  reset: ["no-resets", "The reset", "makes", "it"],
  "command-failed": ["no-failures", "The failed commands", "make", "them"],
};

/** Effects by which there is less without the cause, in more than the spread of the worlds. */
const LESS: readonly Effect[] = ["prevents", "helps", "moves"];

/**
 * How much of what the balloon lacks of its target at this time goes away without the cause, and how much remains without it: each
 * of the worlds has its own share. Null: the episode is not about that, or there is no significant difference.
 */
export function shareText({
  cause,
  measure,
  asItIs,
  tried,
}: Pick<Explained, "cause" | "measure" | "asItIs" | "tried">): string | null {
  const [remedy, what, verb, them] = SHARES[cause] ?? [];
  const without = tried.find((one) => one.remedy === remedy);
  if (measure !== "deficit" || !without?.values || !LESS.includes(without.effect)) return null;
  const { window } = without.values;
  const left = asItIs.window.flatMap((all, i) => (all > 0 ? [(100 * (window[i] as number)) / all] : []));
  if (left.length === 0) return null;
  const percent = (value: number): string => `${Math.round(value)}%`;
  const share = spreadText(spreadOf(left.map((part) => 100 - part)), percent);
  return `${what} ${verb} ${share} of what the balloon lacked of the target at this time; ${spreadText(spreadOf(left), percent)} remain without ${them}.`;
}
