import { formatSize, KIB_PER_PAGE, type Kib } from "../../../common/units.ts";
import type { MemoryFinder, Sample } from "../reader.ts";
import { AVAILABLE, BUFFERS, CACHED, decimalsOf, FREE, SLAB, USED, USED_PART } from "./sysstat-columns.ts";

/** Maximum width of the interval that %memused leaves, as a fraction of the RAM, for which its middle is taken. */
const MOST_WIDTH = 0.03;

/** A sum that is the same in all samples, and agrees with the percentages. */
class Constant {
  readonly name: string;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #isKnown = true;

  constructor(name: string) {
    this.name = name;
  }

  observe(kib: Kib): void {
    if (Number.isNaN(kib)) this.#isKnown = false;
    this.#least = Math.min(this.#least, kib);
    this.#most = Math.max(this.#most, kib);
  }

  /** The sum in KiB; null if it changes, or is out of bounds. */
  within(low: number, high: number): number | null {
    const isConstant = this.#isKnown && this.#least === this.#most;
    return isConstant && this.#least >= low && this.#least <= high ? this.#least : null;
  }
}

/**
 * Finds a machine's RAM in sysstat's figures. Used memory is memory that is not free, in old versions; memory that is
 * neither free nor buffers nor cache nor slab, in newer ones; memory that is not available, in the newest: the sum of
 * these never changes. If a log lacks a part of it, the percentage of used memory leaves an interval in each sample,
 * and their intersection is small. Free and used memory with buffers and cache are less than the RAM, except in old
 * versions.
 */
export class SysstatRam implements MemoryFinder {
  readonly #sums = {
    whole: new Constant("kbmemused + kbmemfree + kbbuffers + kbcached + kbslab"),
    old: new Constant("kbmemused + kbmemfree"),
    available: new Constant("kbmemused + kbavail"),
  };
  #low = 0;
  #high = Number.POSITIVE_INFINITY;
  /** The largest sum of used and free memory, buffers and cache. */
  #part = 0;
  #samples = 0;
  #decimals = 0;
  #isRounded = false;

  observe({ isOff, values }: Sample): void {
    const used = values[USED] as number;
    const percent = values[USED_PART] as number;
    if (isOff || Number.isNaN(used) || Number.isNaN(percent)) return;
    this.#samples++;
    const decimals = decimalsOf(values);
    this.#decimals = Math.max(this.#decimals, decimals);
    const halfDigit = decimals === 0 ? 0.5 : decimals === 1 ? 0.05 : 0.005;
    this.#low = Math.max(this.#low, (used * 100) / (percent + halfDigit));
    if (percent > halfDigit) this.#high = Math.min(this.#high, (used * 100) / (percent - halfDigit));
    const notUsed = values[FREE] as number;
    const cache = (values[BUFFERS] as number) + (values[CACHED] as number);
    this.#sums.old.observe(used + notUsed);
    this.#sums.whole.observe(used + notUsed + cache + (values[SLAB] as number));
    this.#sums.available.observe(used + (values[AVAILABLE] as number));
    if (used + notUsed + cache > this.#part) this.#part = used + notUsed + cache;
    if (!Number.isInteger(used)) this.#isRounded = true;
  }

  result(): { readonly pages: number; readonly evidence: string } | null {
    if (this.#samples === 0 || this.#isRounded) return null;
    for (const sum of [this.#sums.whole, this.#sums.old, this.#sums.available]) {
      const kib = sum.within(this.#low, this.#high);
      if (kib === null || !Number.isFinite(this.#high)) continue;
      const evidence = `${sum.name} is the same in all ${this.#samples} samples, and what kbmemused is %memused of`;
      return { pages: Math.round(kib / KIB_PER_PAGE), evidence };
    }
    const low = this.#least();
    if (!(this.#high - low <= MOST_WIDTH * this.#high) || low > this.#high) return null;
    return {
      pages: Math.round((low + this.#high) / 2 / KIB_PER_PAGE),
      evidence: `kbmemused is %memused of ${Math.ceil(low)} to ${Math.floor(this.#high)} KiB in all ${this.#samples} samples: the middle is taken`,
    };
  }

  doubt(): string | null {
    const low = this.#least();
    if (this.#samples === 0 || this.#isRounded || !(low > 0) || low > this.#high) return null;
    const most = Number.isFinite(this.#high) ? ` to ${formatSize(Math.floor(this.#high / KIB_PER_PAGE))}` : " or more";
    return `%memused with ${this.#decimals === 0 ? "no decimals" : `${this.#decimals} decimals`} leaves ${formatSize(Math.ceil(low / KIB_PER_PAGE))}${most}`;
  }

  /** The smallest possible RAM, in KiB. */
  #least(): number {
    // A sum above all that the percentages allow is that of an old version, which counts cache as used.
    return this.#part <= this.#high ? Math.max(this.#low, this.#part) : this.#low;
  }
}
