const CAPACITY = 32;

/** What is remembered of evicted pages that came back: their age when they were evicted, and whether they had been active. */
export interface Shadow {
  age: number;
  workingset: boolean;
}

/**
 * Shadow entries of one owner's evicted pages (mm/workingset.c), oldest first. A workload goes over its files and its
 * working set in order, so the page that it misses first is the one that was evicted first.
 */
export class ShadowQueue {
  readonly #pages = new Float64Array(CAPACITY);
  readonly #age = new Float64Array(CAPACITY);
  readonly #workingset = new Uint8Array(CAPACITY);
  #length = 0;

  /** Remembers evicted pages. */
  push(pages: number, age: number, workingset: boolean): void {
    if (pages === 0) return;
    if (this.#length === CAPACITY) this.#mergeOldest();
    const at = this.#length++;
    this.#pages[at] = pages;
    this.#age[at] = age;
    this.#workingset[at] = workingset ? 1 : 0;
  }

  /** Forgets up to `count` pages, the oldest first, all of one entry, and says what was remembered of them. */
  take(count: number, shadow: Shadow): number {
    if (this.#length === 0) return 0;
    const here = this.#pages[0] as number;
    const taken = Math.min(count, here);
    shadow.age = this.#age[0] as number;
    shadow.workingset = this.#workingset[0] === 1;
    this.#pages[0] = here - taken;
    if (taken === here) this.#removeAt(0);
    return taken;
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
  }

  /** The two oldest entries become one: their ages average by pages, and the larger one says what they were. */
  #mergeOldest(): void {
    const a = this.#pages[0] as number;
    const b = this.#pages[1] as number;
    this.#age[1] = ((this.#age[0] as number) * a + (this.#age[1] as number) * b) / (a + b);
    if (a > b) this.#workingset[1] = this.#workingset[0] as number;
    this.#pages[1] = a + b;
    this.#removeAt(0);
  }

  #removeAt(i: number): void {
    this.#length--;
    this.#pages.copyWithin(i, i + 1, this.#length + 1);
    this.#age.copyWithin(i, i + 1, this.#length + 1);
    this.#workingset.copyWithin(i, i + 1, this.#length + 1);
  }
}
