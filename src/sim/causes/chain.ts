import type { Entry } from "./coalesced.ts";
import type { CauseKind } from "./kinds.ts";
import { LOOK_BACK_US } from "./past.ts";

/** Kinds that lead to others. */
const LEADING: readonly CauseKind[] = [
  "target",
  "reset",
  "unlock-refused",
  "refused",
  "kswapd",
  "kswapd-gave-up",
  "nosleep-failed",
  "sleep-failed",
  "slow-cycles",
  "limited",
  "direct-reclaim",
  "swap-queue",
  "swap-full",
  "oom-kill",
];

/**
 * The chain of each entry: see `CauseRecord.chain`. The id of an entry is its index plus one.
 * @param entries by their beginnings
 */
export function chainsOf(entries: readonly Entry[]): number[][] {
  const latest = new Map<CauseKind, number>();
  return entries.map((entry, i) => {
    const chain = LEADING.flatMap((kind) => {
      const index = latest.get(kind);
      if (index === undefined) return [];
      const other = entries[index] as Entry;
      if (other.kind === entry.kind && other.role === entry.role && other.who === entry.who) return [];
      const isRecent = kind === "target" || other.untilUs >= entry.sinceUs - LOOK_BACK_US;
      return isRecent ? [index + 1] : [];
    });
    latest.set(entry.kind, i);
    return chain.sort((a, b) => a - b);
  });
}
