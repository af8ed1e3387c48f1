import type { MemoryFinder, Sample } from "../reader.ts";
import { BUFFERS, CACHED, FREE, SLAB, USED, USED_PART } from "./sysstat-columns.ts";

/** %memused has two decimals: the part may be this much more or less. */
const HALF_DIGIT = 0.005;
const KIB_PER_PAGE = 4;

/** A sum that is the same in all samples, while the percentages allow it. */
class Constant {
  readonly name: string;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #isKnown = true;

  constructor(name: string) {
    this.name = name;
  }

  observe(kib: number): void {
    if (Number.isNaN(kib)) this.#isKnown = false;
    this.#least = Math.min(this.#least, kib);
    this.#most = Math.max(this.#most, kib);
  }

  /** The sum in KiB; null where it changes, or is not within bounds. */
  within(low: number, high: number): number | null {
    const isConstant = this.#isKnown && this.#least === this.#most;
    return isConstant && this.#least >= low && this.#least <= high ? this.#least : null;
  }
}

/**
 * Finds a machine's RAM in what sysstat reports. Used memory is what is not free, in old versions; what is neither free nor
 * buffers nor cache nor slab, in newer ones: the sum of these never changes. Where a log lacks a part of it, the percentage
 * that used memory is of all leaves an interval in each sample, and all of them together a small one.
 */
export class SysstatRam implements MemoryFinder {
  readonly #old = new Constant("kbmemused + kbmemfree");
  readonly #new = new Constant("kbmemused + kbmemfree + kbbuffers + kbcached + kbslab");
  #low = 0;
  #high = Number.POSITIVE_INFINITY;
  #samples = 0;
  #isRounded = false;

  observe({ isOff, values }: Sample): void {
    const used = values[USED] as number;
    const percent = values[USED_PART] as number;
    if (isOff || Number.isNaN(used) || Number.isNaN(percent)) return;
    this.#samples++;
    this.#low = Math.max(this.#low, (used * 100) / (percent + HALF_DIGIT));
    if (percent > HALF_DIGIT) this.#high = Math.min(this.#high, (used * 100) / (percent - HALF_DIGIT));
    const notUsed = values[FREE] as number;
    this.#old.observe(used + notUsed);
    const rest = (values[BUFFERS] as number) + (values[CACHED] as number) + (values[SLAB] as number);
    this.#new.observe(used + notUsed + rest);
    if (!Number.isInteger(used)) this.#isRounded = true;
  }

  result(): { readonly pages: number; readonly evidence: string } | null {
    if (this.#samples === 0 || this.#isRounded || !Number.isFinite(this.#high)) return null;
    for (const { name, kib } of [this.#new, this.#old].map((sum) => ({
      name: sum.name,
      kib: sum.within(this.#low, this.#high),
    }))) {
      if (kib === null) continue;
      const evidence = `${name} is the same in all ${this.#samples} samples, and what kbmemused is %memused of`;
      return { pages: Math.round(kib / KIB_PER_PAGE), evidence };
    }
    if (this.#low > this.#high) return null;
    return {
      pages: Math.round((this.#low + this.#high) / 2 / KIB_PER_PAGE),
      evidence: `kbmemused is %memused of ${Math.ceil(this.#low)} to ${Math.floor(this.#high)} KiB in all ${this.#samples} samples: the middle is taken`,
    };
  }
}
