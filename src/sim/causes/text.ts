import { causeOf, causeWords } from "./cause.ts";
import { EPISODE_GAP_US, type Episode } from "./episode.ts";
import type { Figures } from "./figures.ts";
import { type CauseKind, kindInfo } from "./kinds.ts";
import type { CauseRecord, CauseRecording } from "./record.ts";
import { stepWords } from "./step-words.ts";
import { actorOf, at, during, lasting, listed, sentence, size, times } from "./words.ts";

/** An episode in words. Names of workloads are those of the trace: escape them where that matters. */
export interface EpisodeText {
  /** What happened, when and to whom, in a line without a full stop. */
  readonly title: string;
  /** Sentences: the waits and failures; the time before; the chain; the state at the worst time. */
  readonly lines: readonly string[];
}

/** Most waits and failures, and most steps of the chain, that a text lists. */
const MOST_LISTED = 5;
const MOST_STEPS = 7;

const WAITED: Partial<Record<CauseKind, (r: CauseRecord) => string>> = {
  "direct-reclaim": (r) =>
    `in direct reclaim (${times(r.count)}, the longest ${lasting(r.longestUs)} at ${at(r.longestAtUs)})`,
  "swap-read": (r) => `for ${size(r.pages)} from swap`,
  refault: (r) => `for ${size(r.pages)} of files that reclaim had evicted while they were in use`,
  reread: (r) => `for ${size(r.pages)} of files that reclaim had evicted (not counted as a stall)`,
  "dirty-limit": (r) =>
    `about, because too many pages were dirty: ${size(r.pages)} of writes were not made (not counted as a stall)`,
};

const FAILED: Partial<Record<CauseKind, (r: CauseRecord) => string>> = {
  "nosleep-failed": (r) => `allocations of the driver that may not sleep failed (${times(r.count)})`,
  "sleep-failed": (r) => `allocations of the driver that may sleep failed (${times(r.count)})`,
  limited: (r) => `the daemon's own limits held the balloon back (${times(r.count)}), at ${size(r.first.balloon)}`,
  "allocation-failed": (r) =>
    `allocations of ${r.who} failed (${times(r.count)}): there was nothing to reclaim or to kill`,
  "oom-relief": (r) => `the balloon gave pages to avert a kill (${times(r.count)})`,
  "kswapd-gave-up": (r) => `kswapd gave up (${times(r.count)})`,
  refused: (r) => `the host refused ${size(r.pages)} that the driver offered (${times(r.count)})`,
  "unlock-refused": (r) => `the host refused to give ${size(r.pages)} back (${times(r.count)})`,
  "command-failed": (r) => `the host did not carry out a command (${times(r.count)})`,
  reset: (r) => `the host demanded a reset (${times(r.count)}) and forgot ${size(r.pages)} of the balloon`,
};

/** Tells an episode. Every figure is exact for its run, but for times that say `about`. */
export function episodeText(episode: Episode, recording: CauseRecording): EpisodeText {
  const { guest } = recording;
  const lines = [
    ...killLines(episode),
    ...waits(episode),
    ...failures(episode),
    sentence(`cause: ${causeWords(causeOf(episode, recording), episode)}`),
    beforeLine(episode),
    chainLine(episode, guest),
    worstLine(episode.worst, guest),
  ];
  return { title: titleOf(episode), lines: lines.filter((line) => line !== "") };
}

function titleOf(episode: Episode): string {
  const { kind, sinceUs, untilUs, workloadUs, driverUs, kills, records, main } = episode;
  const when = during(sinceUs, untilUs);
  const waiters = records.filter(({ kind, role }) => kindInfo(kind).isStall && role !== "driver");
  const others = [...new Set(waiters.map(actorOf))];
  const waited = `${listed(others)} waited ${lasting(workloadUs)} for memory`;
  if (kind === "kill") {
    const victims = [...new Set(records.filter(({ kind }) => kind === "oom-kill").map(({ who }) => who))];
    const killed = `the OOM killer killed ${listed(victims)}${kills > 1 ? ` ${times(kills)}` : ""}`;
    return `${when}: ${killed}${workloadUs >= 1000 ? `, and ${waited}` : ""}`;
  }
  if (others.length > 0 && workloadUs > 0) return `${when}: ${waited}`;
  if (kind === "stall") return `${when}: only the balloon driver waited for memory, ${lasting(driverUs)}`;
  if (main.kind === "dirty-limit") return `${when}: ${main.who} was held up by the limit of dirty pages`;
  if (main.kind === "reread") return `${when}: ${main.who} read evicted files again, for ${lasting(main.totalUs)}`;
  const failed = FAILED[main.kind]?.(main);
  return failed === undefined ? `${when}: ${main.kind}` : `${when}: ${failed}`;
}

const killLines = ({ records }: Episode): string[] =>
  records
    .filter(({ kind }) => kind === "oom-kill")
    .slice(0, MOST_LISTED)
    .map(({ who, by, pages, sinceUs, untilUs, count }) =>
      sentence(
        `the OOM killer killed ${who}${count > 1 ? ` ${times(count)}, ${during(sinceUs, untilUs)}` : ` at ${at(sinceUs)}`}: an allocation of ${by ?? "the kernel"} found nothing more to reclaim; the kill freed ${size(pages)}`,
      ),
    );

function waits(episode: Episode): string[] {
  const { records, beside } = episode;
  const all = merged(records.filter(({ kind }) => WAITED[kind] !== undefined));
  const lines = all.slice(0, MOST_LISTED).map((one) => {
    const parts = one.kind === "direct-reclaim" ? partsOf(one, beside) : "";
    return `${beginning(actorOf(one))} waited ${lasting(one.totalUs)} ${WAITED[one.kind]?.(one)}${parts}${beyond(one, episode)}.`;
  });
  const more = all.length - MOST_LISTED;
  return more > 0 ? [...lines, `Further waits: ${more}.`] : lines;
}

/** The name of a workload stays as it is at the beginning of a sentence. */
const beginning = (actor: string): string => (actor.startsWith("the ") ? `The ${actor.slice(4)}` : actor);

/** Says when, if it is more than the time of the episode. */
const beyond = ({ sinceUs, untilUs }: CauseRecord, episode: Episode): string =>
  sinceUs < episode.sinceUs - EPISODE_GAP_US || untilUs > episode.untilUs + EPISODE_GAP_US
    ? `, in all of ${during(sinceUs, untilUs)}`
    : "";

/** What direct reclaim itself waited for, as far as that is a tenth of it. */
function partsOf({ role, who, totalUs }: CauseRecord, beside: readonly CauseRecord[]): string {
  const parts = merged(
    beside.filter((one) => one.role === role && one.who === who && kindInfo(one.kind).partOf === "direct-reclaim"),
  );
  const told = parts
    .filter((part) => part.totalUs >= totalUs / 10)
    .map((part) => `${lasting(part.totalUs)} of it ${PARTS[part.kind]}`);
  return told.length === 0 ? "" : `, ${listed(told)}`;
}

const PARTS: Partial<Record<CauseKind, string>> = {
  "swap-queue": "for room in the swap device's queue",
  "swap-written": "for pages that the swap device was writing",
  "file-writeback": "for dirty pages that were being written",
  retry: "asleep before it tried again",
  "relief-wait": "while the balloon gave pages",
};

const failures = (episode: Episode): string[] =>
  merged(episode.records.filter((one) => FAILED[one.kind] !== undefined))
    // The title has told it.
    .filter((one) => episode.kind !== "failure" || one.kind !== episode.main.kind)
    .slice(0, MOST_LISTED)
    .map((one) => sentence(`${FAILED[one.kind]?.(one) ?? one.kind}${beyond(one, episode)}`));

/** One record for each kind and actor, the largest first. */
function merged(records: readonly CauseRecord[]): CauseRecord[] {
  const byKey = new Map<string, CauseRecord>();
  for (const one of records) {
    const key = `${one.kind} ${one.role} ${one.who}`;
    const other = byKey.get(key);
    if (other === undefined) {
      byKey.set(key, one);
      continue;
    }
    const longer = one.longestUs > other.longestUs ? one : other;
    const first = one.sinceUs < other.sinceUs ? one : other;
    byKey.set(key, {
      ...longer,
      ...{ sinceUs: first.sinceUs, first: first.first, before: first.before },
      untilUs: Math.max(one.untilUs, other.untilUs),
      count: one.count + other.count,
      totalUs: one.totalUs + other.totalUs,
      pages: one.pages + other.pages,
    });
  }
  return [...byKey.values()].sort((a, b) => b.totalUs - a.totalUs || b.count - a.count);
}

/** Least change of a kind of memory that is told, as a part of all of it. */
const TOLD_PART = 1 / 256;

/** Which memory grew and shrank until the worst time. */
function beforeLine({ before, worst, main }: Episode): string {
  if (worst.atUs <= before.atUs || kindInfo(main.kind).type !== "wait") {
    if (main.kind !== "oom-kill" && main.kind !== "nosleep-failed") return "";
  }
  const total = before.free + before.kernel + before.anon + before.cache + before.balloon;
  const told = (name: string, from: number, to: number): string[] => {
    const pages = to - from;
    if (Math.abs(pages) < total * TOLD_PART) return [];
    return [`${name} ${pages > 0 ? "grew" : "shrank"} by ${size(Math.abs(pages))}`];
  };
  const changes = [
    ...told("the balloon", before.balloon, worst.balloon),
    ...told("anonymous memory, swap included,", before.anon + before.swap, worst.anon + worst.swap),
    ...told("the kernel's memory", before.kernel, worst.kernel),
    ...told("the page cache", before.cache, worst.cache),
  ];
  const free = `free memory went from ${size(before.free)} to ${size(worst.free)}`;
  return sentence(`from ${at(before.atUs)} to ${at(worst.atUs)}, ${[...changes, free].join("; ")}`);
}

/** The steps that led to it, in order. */
function chainLine({ chain }: Episode, guest: CauseRecording["guest"]): string {
  const steps = chain.flatMap((record) => stepWords(record, guest) ?? []);
  if (steps.length === 0) return "";
  const last = steps.slice(-MOST_STEPS);
  return `What led to it: ${steps.length > last.length ? "… " : ""}${last.join("; ")}.`;
}

function worstLine(worst: Figures, { swap, memory }: CauseRecording["guest"]): string {
  const { free, min, low, high, anon, cache, dirty, kernel, balloon, target } = worst;
  const parts = [
    `${size(free)} free (min ${size(min)}, low ${size(low)}, high ${size(high)})`,
    `${size(anon)} anonymous`,
    `${size(cache)} page cache${dirty > 0 ? ` (${size(dirty)} dirty)` : ""}`,
    swap === 0 ? "no swap" : `${size(worst.swap)} of ${size(swap)} swap used`,
    `balloon ${size(balloon)} of a target of ${size(target)}`,
    `${size(kernel)} the kernel's`,
  ];
  return sentence(`at ${at(worst.atUs)} the guest of ${size(memory)} had ${parts.join(", ")}`);
}
