/** Figures of hosts in words. */
import { formatTime, type Us } from "../../../common/units.ts";
import type { Cause, WorstTime } from "../../hosts/measures/results.ts";
import { spreadText } from "../../output/spread-words.ts";
import { spreadOf } from "../../tune/spread.ts";

/** Causes in plain words. */
export const CAUSE_TEXTS: Readonly<Record<Cause, string>> = {
  "host-swap": "waited for the host's memory or swap",
  "guest-memory": "stalled for memory inside the guest",
  "oom-kill": "work was down after the guest's OOM killer",
  ended: "ended by the host, which had no memory and no swap left",
};

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;

/** A time for readers, to about three digits: `0s`, `35ms`, `12.3s`, `4m10s`, `2h11m`. */
export function shortTime(us: Us): string {
  const step = us < SECOND_US ? 1000 : us < MINUTE_US ? 100_000 : us < HOUR_US ? SECOND_US : MINUTE_US;
  if (us > 0 && us < 1000) return "<1ms";
  return formatTime(Math.round(us / step) * step);
}

/** A part of a whole in per cent, to a tenth: `0 %`, `<0.1 %`, `12.5 %`. */
export function percent(part: number): string {
  if (part > 0 && part < 0.0005) return "<0.1 %";
  return `${Number((part * 100).toFixed(1))} %`;
}

/** When a VM lost most, and why: `1h20m..1h22m: waited for the host's memory or swap (host soft)`. */
export function worstText({ fromUs, untilUs, cause, state }: WorstTime): string {
  const host = state === null ? "" : ` (host ${state})`;
  return `${formatTime(fromUs)}..${formatTime(untilUs)}: ${CAUSE_TEXTS[cause]}${host}`;
}

/** The median of values and their range: `2.98s [2.51s .. 5.04s]`; one value if it is the same in all worlds. */
export function rangeText(values: readonly number[], format: (value: number) => string): string {
  return spreadText(spreadOf(values), format);
}
