import { formatSize, KIB_PER_PAGE } from "../../../common/units.ts";
import type { MemoryFinder, Sample } from "../reader.ts";

/** Number of 20-second samples in vCenter's mean of five minutes. */
const SAMPLES_PER_MEAN = 15;
/** Maximum number of rows that are examined; a size shows within a few hundred. */
const MAX_ROWS = 2000;
/** Minimum number of rows: with fewer, a size could appear by chance. */
const MIN_ROWS = 30;
/** Tolerated distance from a whole number: each of the 15 samples was truncated to whole KiB. */
const TOLERANCE = 0.02;
/** Fraction of the rows that a size has to explain. A wrong one explains 4 %, or half if it is twice the right one. */
const NEEDED = 0.8;
const KIB_PER_GIB = 1_048_576;

/** Usual sizes of VMs, in KiB: in fine steps below, in coarse steps above. */
const SIZES: readonly number[] = sizes();

function sizes(): number[] {
  const list: number[] = [];
  for (const [from, to, step] of [
    [0.25, 4, 0.25],
    [4, 16, 0.5],
    [16, 64, 1],
    [64, 128, 4],
    [128, 1024, 16],
  ] as const) {
    for (let gib = from; gib < to; gib += step) list.push(gib * KIB_PER_GIB);
  }
  return [...list, 1024 * KIB_PER_GIB];
}

/**
 * Finds a VM's RAM by the steps of its active memory. ESX estimates active memory in whole percents of the configured
 * size, and vCenter stores the mean of 15 estimates: fifteen times a stored value is a whole number of percents.
 * Several sizes explain that (half of the right one does too), so the largest one counts, if it is at least the memory
 * that the VM was granted or used. A value equal to the one before is no evidence: statistics may stay the same for
 * days.
 */
export class ActiveQuantum implements MemoryFinder {
  readonly #granted: number;
  readonly #active: number;
  readonly #hits = new Int32Array(SIZES.length);
  #rows = 0;
  #last = 0;
  #most = 0;

  /** @param granted index of the column, in KiB; @param active the same for active memory */
  constructor(granted: number, active: number) {
    this.#granted = granted;
    this.#active = active;
  }

  observe({ isOff, values }: Sample): void {
    if (isOff) return;
    const granted = values[this.#granted] as number;
    const active = values[this.#active] as number;
    if (granted > this.#most) this.#most = granted;
    if (!(active > 0)) return;
    if (active > this.#most) this.#most = active;
    if (active === this.#last || this.#rows === MAX_ROWS) return;
    this.#last = active;
    this.#rows++;
    for (let i = 0; i < SIZES.length; i++) {
      const percents = (active * SAMPLES_PER_MEAN * 100) / (SIZES[i] as number);
      if (Math.abs(percents - Math.round(percents)) < TOLERANCE) this.#hits[i] = (this.#hits[i] as number) + 1;
    }
  }

  result(): { readonly pages: number; readonly evidence: string } | null {
    if (this.#rows < MIN_ROWS) return null;
    for (let i = SIZES.length - 1; i >= 0; i--) {
      const size = SIZES[i] as number;
      const share = (this.#hits[i] as number) / this.#rows;
      if (size < this.#most || share < NEEDED) continue;
      return {
        pages: size / KIB_PER_PAGE,
        evidence:
          `15 times the active memory is a whole number of percents of ${formatSize(size / KIB_PER_PAGE)} ` +
          `in ${this.#hits[i]} of ${this.#rows} rows, of no larger size in more than ${this.#bestAbove(i)}; ` +
          `the most that was granted or used is ${formatSize(Math.round(this.#most / KIB_PER_PAGE))}`,
      };
    }
    return null;
  }

  /** Number of rows that the best larger size explains. */
  #bestAbove(index: number): number {
    let best = 0;
    for (let i = index + 1; i < SIZES.length; i++) best = Math.max(best, this.#hits[i] as number);
    return best;
  }
}
