import type { Episode } from "./episode.ts";
import type { CauseKind } from "./kinds.ts";
import { kindInfo } from "./kinds.ts";
import type { CauseRecord, CauseRecording } from "./record.ts";

/** What an episode comes from, by what waits and failures there were. `CAUSE_WORDS` has the meanings. */
export type CauseName = keyof typeof CAUSE_WORDS;

const CAUSE_WORDS = {
  reset: "the host demanded a reset: the driver empties the balloon and fills it again",
  "unlock-refused":
    "the host keeps pages that it no longer wants: it refuses to give them back, so the balloon stays too large",
  "no-swap": "the guest has no swap, so nothing of its anonymous memory can be reclaimed",
  "swap-full": "swap is full, so no more anonymous memory can be reclaimed",
  "nothing-left": "nothing is left that reclaim could free",
  swapping: "memory in use does not fit{beside}: pages that are needed go to swap and come back",
  "cache-evicted": "the page cache does not fit{beside}: pages of files in use are evicted and read again",
  "cache-reread": "the page cache does not fit{beside}: pages of files are evicted before they are read again",
  "dirty-limit":
    "files are written faster than the disk takes it, and the limit of dirty pages is a fifth of free memory and page cache",
  burst: "pages were taken faster than kswapd freed them, so tasks had to reclaim themselves",
  "driver-waits": "the driver takes pages faster than kswapd frees them; no workload waits",
  "at-min": "free memory is down to where the driver must not take it without sleeping",
  refused: "the host refuses pages that the driver offers",
  limited: "the daemon's own limits, its floor or its limit of pressure, hold the balloon back",
  "command-failed": "the host does not carry out commands",
} as const;

/** The meaning of a cause, as a clause. */
export const causeWords = (cause: CauseName, { worst }: Pick<Episode, "worst">): string =>
  CAUSE_WORDS[cause].replace("{beside}", worst.balloon > 0 ? " beside the balloon" : " into the guest's memory");

/** The part of the guest's memory that is hardly any page cache. */
const LITTLE_CACHE = 0.05;
/** The part of swap that is hardly any room. */
const LITTLE_ROOM = 0.01;

/** The cause of an episode. */
export function causeOf(episode: Episode, { guest }: CauseRecording): CauseName {
  const { main, records, chain, worst, workloadUs, beside } = episode;
  const has = (kind: CauseKind): boolean => [...records, ...chain].some((one) => one.kind === kind);
  if (has("unlock-refused") && worst.balloon > worst.target) return "unlock-refused";
  const isStall = episode.kind !== "failure";
  if (isStall && has("reset") && worst.balloon < worst.target) return "reset";
  const isFull = guest.swap > 0 && guest.swap - worst.swap <= guest.swap * LITTLE_ROOM;
  const lacksSwap = guest.swap === 0 ? "no-swap" : isFull ? "swap-full" : null;
  if (episode.kind === "kill") return lacksSwap ?? "nothing-left";
  if (!isStall) return causeOfFailure(main);
  if (workloadUs === 0) return "driver-waits";
  const time = (of: readonly CauseRecord[], ...kinds: CauseKind[]): number =>
    of.reduce((sum, { kind, role, totalUs }) => sum + (kinds.includes(kind) && role !== "driver" ? totalUs : 0), 0);
  if (2 * time(records, "refault") >= workloadUs) return "cache-evicted";
  const inReclaim = beside.filter(({ role }) => role !== "kswapd");
  const bySwap = time(records, "swap-read") + time(inReclaim, "swap-queue", "swap-written");
  if (2 * bySwap >= workloadUs) return isFull ? "swap-full" : "swapping";
  if (lacksSwap !== null && worst.cache <= guest.memory * LITTLE_CACHE) return lacksSwap;
  return "burst";
}

/** The cause of an episode without a wait for memory: what it consists of. */
function causeOfFailure({ kind }: CauseRecord): CauseName {
  if (kind === "dirty-limit" || kind === "refused" || kind === "limited" || kind === "command-failed") return kind;
  if (kind === "unlock-refused" || kind === "reset") return kind;
  if (kind === "reread") return "cache-reread";
  if (kind === "nosleep-failed" || kind === "sleep-failed") return "at-min";
  return kindInfo(kind).type === "incident" ? "nothing-left" : "burst";
}
