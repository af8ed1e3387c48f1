import type { CauseKind } from "./kinds.ts";
import type { CauseRecord, CauseRecording } from "./record.ts";
import { actorOf, at, lasting, size, times } from "./words.ts";

type Words = (record: CauseRecord, guest: CauseRecording["guest"]) => string;

const often = (record: CauseRecord): string =>
  record.count === 1 ? "" : ` (${times(record.count)}${untilOf(record)})`;

/** ` until 22s`; empty: it ends as soon as it begins. */
const untilOf = ({ untilUs, sinceUs }: CauseRecord): string =>
  at(untilUs) === at(sinceUs) ? "" : ` until ${at(untilUs)}`;

/** A step of a chain, of each kind that leads to others, without its time. */
const STEPS: Partial<Record<CauseKind, Words>> = {
  target: targetWords,
  reset: (r) => `the host demanded a reset and forgot ${size(r.pages)} of the balloon${often(r)}`,
  refused: (r) => `the host refused ${size(r.pages)} that the driver offered${often(r)}`,
  "unlock-refused": (r) => `the host refused to give ${size(r.pages)} of the balloon back${often(r)}`,
  kswapd: (r, guest) => `${kswapdWoke(r, guest)}${often(r)}`,
  "kswapd-gave-up": () => "kswapd gave up, because it found nothing to reclaim",
  "nosleep-failed": (r) =>
    `the driver got no more pages without sleeping, with ${size(r.first.free)} free (min ${size(r.first.min)})${often(r)}`,
  "sleep-failed": (r) => `an allocation of the driver failed even after it had reclaimed${often(r)}`,
  "slow-cycles": ({ untilUs }) => `the driver went on at its slow rate, until ${at(untilUs)}`,
  limited: (r) => `the daemon's own limits stopped the balloon at ${size(r.first.balloon)}${often(r)}`,
  "direct-reclaim": (r) =>
    `${actorOf(r)} found only ${size(r.first.free)} free and reclaimed itself, for ${lasting(r.totalUs)}${often(r)}`,
  "swap-queue": (r) => `${actorOf(r)} waited for the swap device's full queue, for ${lasting(r.totalUs)}${often(r)}`,
  "swap-full": (_, { swap }) => `swap was full, all ${size(swap)} of it`,
  "oom-kill": ({ who, pages }) => `the OOM killer killed ${who}, which freed ${size(pages)}`,
};

function targetWords(record: CauseRecord): string {
  const { pages, line, count } = record;
  // Where several changes are one record, the target after the last one.
  const { target } = record.worst;
  const steps = count === 1 ? "" : ` in ${count} changes${untilOf(record)}`;
  const moved = `the host ${pages > 0 ? "raised" : "lowered"} the target by ${size(Math.abs(pages))} to ${size(target)}${steps}`;
  if (line === null) return pages === 0 ? `the host changed the target and took that back, ${size(target)}` : moved;
  const begins = `began to ${line.target > target ? "raise" : "lower"} ${pages === 0 ? "the target" : "it"}, to ${size(line.target)} by ${at(line.untilUs)}`;
  return pages === 0 ? `the host ${begins}` : `${moved} and ${begins}`;
}

function kswapdWoke({ first }: CauseRecord, guest: CauseRecording["guest"]): string {
  const boost = first.low - guest.low;
  if (boost > 0 && first.free > guest.low) {
    return `kswapd woke with ${size(first.free)} free, because the driver's pages had raised its watermarks by ${size(boost)}`;
  }
  return `free memory fell to ${size(first.free)} (low ${size(first.low)}) and kswapd woke`;
}

/** A step of a chain in words: `at 38s the driver went on at its slow rate, until 1m11s`; null: a kind that leads to no others. */
export function stepWords(record: CauseRecord, guest: CauseRecording["guest"]): string | null {
  const words = STEPS[record.kind];
  return words === undefined ? null : `at ${at(record.sinceUs)} ${words(record, guest)}`;
}
