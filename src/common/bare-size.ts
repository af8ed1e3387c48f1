/** Sizes without a unit: numbers of pages, which a person who writes 4096 seldom means. */
import { formatSize, type Pages } from "./units.ts";

/** No guest has less memory: a smaller number of pages is more likely one of MiB or GiB. 64 MiB. */
const LEAST_MEMORY: Pages = 2 ** 14;
/** The largest number that is taken for one of GiB; from there on for one of MiB. */
const MOST_GIB = 64;

/** A number as the size of a machine's memory that a person probably means by it: `"64GiB"`, `"4096MiB"`. */
export const meantMemory = (value: number): string => `${value}${value <= MOST_GIB ? "GiB" : "MiB"}`;

/**
 * A hint for a message about a guest whose memory is so small that its unit may be missing; empty for others.
 * @param pages memory of the guest
 */
export function bareMemoryHint(pages: Pages): string {
  if (!(pages > 0 && pages <= LEAST_MEMORY && Number.isInteger(pages))) return "";
  return ` (${pages} without a unit is a number of pages of 4 KiB: did you mean "${meantMemory(pages)}"?)`;
}

/** A remark about a guest whose memory is so small that its unit may be missing; null for others. */
export function bareMemoryRemark(pages: Pages): string | null {
  const hint = bareMemoryHint(pages);
  return hint === "" ? null : `the guest's RAM is ${formatSize(pages)}${hint}`;
}
