import type { Entry } from "./coalesced.ts";
import { CAUSE_KINDS, type CauseKind, kindInfo } from "./kinds.ts";
import { LOOK_BACK_US } from "./past.ts";

/** Kinds that lead to others. */
const LEADING = (Object.keys(CAUSE_KINDS) as CauseKind[]).filter((kind) => kindInfo(kind).isLeading === true);

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
