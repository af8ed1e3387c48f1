import type { Us } from "../../common/units.ts";
import type { Figures } from "./figures.ts";
import { type CauseKind, kindInfo } from "./kinds.ts";
import type { CauseRecord, CauseRecording } from "./record.ts";

/** Waits and failures that are at most so far apart belong to one episode, in microseconds. */
export const EPISODE_GAP_US = 5_000_000;

/** What an episode is: a kill, a wait of a task for memory, or only failures and waits that do not count as stalls. */
export type EpisodeKind = "kill" | "stall" | "failure";

/** A time in which a run stalled or failed, with what led to it. */
export interface Episode {
  /** Its worst: a kill, a stall, or only failures. */
  readonly kind: EpisodeKind;
  /** Beginning, in microseconds since the trace began. */
  readonly sinceUs: Us;
  /** End, in microseconds since the trace began. */
  readonly untilUs: Us;
  /** Kills by the OOM killer. */
  readonly kills: number;
  /** Time that the workloads and the kernel waited for memory, and that the driver did; sums over tasks. */
  readonly workloadUs: Us;
  /** Time that the driver waited for memory, in microseconds. */
  readonly driverUs: Us;
  /**
   * Time that workloads waited for the disk, or for writeback, in ways that do not count as stalls; null: unknown, because a record
   * of such waits also has others, outside of this time.
   */
  readonly otherUs: Us | null;
  /** Failures, refusals and resets; null: unknown, because a record of them also has others, outside of this time. */
  readonly failures: number | null;
  /** What makes up the episode, the largest first. */
  readonly records: readonly CauseRecord[];
  /** The record that the cause is told of, and what led to it, in order. */
  readonly main: CauseRecord;
  /** What led to `main`, in order. */
  readonly chain: readonly CauseRecord[];
  /** Everything else that was recorded in this time. */
  readonly beside: readonly CauseRecord[];
  /** The state before, and at the worst time. */
  readonly before: Figures;
  /** The state at the worst time. */
  readonly worst: Figures;
}

/** Kinds that make an episode where no task waits for memory. */
const FAILURES: ReadonlySet<CauseKind> = new Set<CauseKind>([
  "dirty-limit",
  "reread",
  "nosleep-failed",
  "sleep-failed",
  "limited",
  "allocation-failed",
  "oom-relief",
  "kswapd-gave-up",
  "refused",
  "unlock-refused",
  "command-failed",
  "reset",
]);

const isStall = ({ kind }: CauseRecord): boolean => kind === "oom-kill" || kindInfo(kind).isStall === true;
const isFailure = ({ kind }: CauseRecord): boolean => FAILURES.has(kind);

/**
 * The episodes of a recording, the worst first: by kills (of equal ones the first), then by the time that workloads and kernel
 * waited for memory, then by other waits, then by the driver's wait, then by failures; what is unknown counts as 0.
 */
export function episodesOf(recording: CauseRecording): Episode[] {
  const gapUs = Math.max(EPISODE_GAP_US, recording.gapUs);
  const { records } = recording;
  const stalls = grouped(records.filter(isStall), gapUs);
  const failures = records.filter(isFailure);
  const groups = stalls.map((group) => ({ ...group, records: [...group.records] }));
  const alone: CauseRecord[] = [];
  for (const one of failures) {
    const near = groups.filter((group) => isNear(one, group, gapUs));
    if (near.length === 0) alone.push(one);
    // One that fits into an episode belongs to that alone; a longer one is told of each.
    const home = largestOverlap(
      one,
      near.filter((group) => isWithin(one, group, gapUs)),
    );
    for (const group of home === null ? near : [home]) group.records.push(one);
  }
  return [...groups, ...grouped(alone, gapUs)].map((group) => episodeOf(group, recording)).sort(worseFirst);
}

type Span = Pick<Episode, "sinceUs" | "untilUs">;

const isNear = (one: Span, group: Span, gapUs: Us): boolean =>
  one.sinceUs <= group.untilUs + gapUs && one.untilUs >= group.sinceUs - gapUs;

const isWithin = (one: Span, group: Span, gapUs: Us): boolean =>
  one.sinceUs >= group.sinceUs - gapUs && one.untilUs <= group.untilUs + gapUs;

/** The time that two have in common; negative: the time between them. */
const overlapOf = (a: Span, b: Span): Us => Math.min(a.untilUs, b.untilUs) - Math.max(a.sinceUs, b.sinceUs);

/** The group that has most time in common with a record, or else the nearest; null: there is none. */
function largestOverlap<G extends Span>(one: Span, groups: readonly G[]): G | null {
  let found: G | null = null;
  for (const group of groups) if (found === null || overlapOf(one, group) > overlapOf(one, found)) found = group;
  return found;
}

interface Group {
  readonly sinceUs: Us;
  readonly untilUs: Us;
  readonly records: readonly CauseRecord[];
}

/** Groups of records that are at most `gapUs` apart. */
function grouped(records: readonly CauseRecord[], gapUs: Us): Group[] {
  const groups: { sinceUs: Us; untilUs: Us; records: CauseRecord[] }[] = [];
  for (const one of records) {
    const last = groups.at(-1);
    if (last === undefined || one.sinceUs > last.untilUs + gapUs) {
      groups.push({ sinceUs: one.sinceUs, untilUs: one.untilUs, records: [one] });
    } else {
      last.untilUs = Math.max(last.untilUs, one.untilUs);
      last.records.push(one);
    }
  }
  return groups;
}

/** The weight of a record in its episode: kills, then stalls of workloads, the driver's, other waits, then failures. */
function weightOf({ kind, role, totalUs, count }: CauseRecord): number {
  const { type, isStall: isOfMemory } = kindInfo(kind);
  const rank = kind === "oom-kill" ? 4 : type !== "wait" ? 0 : isOfMemory !== true ? 1 : role === "driver" ? 2 : 3;
  // A host that demands a reset also fails the commands until then.
  const size = type === "wait" ? totalUs : kind === "command-failed" ? count / 1e6 : count;
  return rank * Number.MAX_SAFE_INTEGER + size;
}

function episodeOf({ sinceUs, untilUs, records }: Group, recording: CauseRecording): Episode {
  const sorted = [...records].sort((a, b) => weightOf(b) - weightOf(a) || a.id - b.id);
  const main = sorted[0] as CauseRecord;
  const sum = (of: (record: CauseRecord) => boolean, value: (record: CauseRecord) => number): number =>
    records.reduce((total, one) => (of(one) ? total + value(one) : total), 0);
  const kills = sum(
    ({ kind }) => kind === "oom-kill",
    ({ count }) => count,
  );
  const isMemory = ({ kind }: CauseRecord): boolean => kindInfo(kind).isStall === true;
  const isOfDriver = ({ role }: CauseRecord): boolean => role === "driver";
  const workloadUs = sum(
    (one) => isMemory(one) && !isOfDriver(one),
    ({ totalUs }) => totalUs,
  );
  const driverUs = sum(
    (one) => isMemory(one) && isOfDriver(one),
    ({ totalUs }) => totalUs,
  );
  const gapUs = Math.max(EPISODE_GAP_US, recording.gapUs);
  /** The sum; null: a record exceeds the episode, so a part of its figure that is not known belongs here. */
  const sumHere: (...of: Parameters<typeof sum>) => number | null = (of, value) =>
    records.some((one) => of(one) && !isWithin(one, { sinceUs, untilUs }, gapUs)) ? null : sum(of, value);
  const otherUs = sumHere(
    (one) => !isMemory(one) && kindInfo(one.kind).type === "wait",
    ({ totalUs }) => totalUs,
  );
  const failures = sumHere(
    ({ kind }) => kindInfo(kind).type === "incident" && kind !== "oom-kill",
    ({ count }) => count,
  );
  const own = new Set(records);
  const beside = recording.records.filter((one) => {
    return !own.has(one) && one.sinceUs <= untilUs && one.untilUs >= sinceUs;
  });
  return {
    kind: kills > 0 ? "kill" : workloadUs + driverUs > 0 ? "stall" : "failure",
    ...{ sinceUs, untilUs, kills, workloadUs, driverUs, otherUs, failures },
    records: sorted,
    main,
    chain: main.chain.map((id) => recording.records[id - 1] as CauseRecord),
    beside,
    before: main.before,
    worst: main.worst,
  };
}

function worseFirst(a: Episode, b: Episode): number {
  return (
    b.kills - a.kills ||
    // Of equal kills the first: others are often its consequences.
    (a.kills > 0 ? a.sinceUs - b.sinceUs : 0) ||
    b.workloadUs - a.workloadUs ||
    (b.otherUs ?? 0) - (a.otherUs ?? 0) ||
    b.driverUs - a.driverUs ||
    (b.failures ?? 0) - (a.failures ?? 0) ||
    a.sinceUs - b.sinceUs
  );
}
