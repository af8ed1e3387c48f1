/** Words for times and amounts in the texts of causes. */
import { formatSize, formatTime, type Pages, type Us } from "../../common/units.ts";
import type { CauseRecord } from "./record.ts";

/** A time of a run, to a tenth of a second. */
export const at = (us: Us): string => formatTime(Math.round(us / 100_000) * 100_000);

/** A duration, with three significant digits. */
export function lasting(us: Us): string {
  if (us < 1000) return formatTime(Math.round(us));
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(us)) - 2);
  return formatTime(us >= 60_000_000 ? Math.round(us / 100_000) * 100_000 : Math.round(us / unit) * unit);
}

/** `at 1m30.2s`, or `from 1m30.2s to 1m40.4s` if that is another time. */
export const during = (sinceUs: Us, untilUs: Us): string =>
  at(sinceUs) === at(untilUs) ? at(sinceUs) : `${at(sinceUs)} to ${at(untilUs)}`;

/** An amount of memory, to three significant digits. */
export function size(pages: Pages): string {
  const sign = pages < 0 ? -1 : 1;
  const count = Math.abs(pages);
  if (count < 1) return "0";
  const unit = count < 256 ? 1 : 2 ** Math.max(0, Math.floor(Math.log2(count)) - 8);
  return formatSize(sign * Math.round(count / unit) * unit)
    .replace(/(\d{3})\.\d+/, "$1")
    .replace(/(\d\d\.\d)\d/, "$1");
}

/** `once`, or `12 times`. */
export const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

/** Several clauses: `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** A sentence that begins with a capital letter. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** The actor of a record, in a sentence. */
export const actorOf = ({ role, who }: Pick<CauseRecord, "role" | "who">): string =>
  role === "workload" || role === "kswapd" ? who : `the ${who}`;
