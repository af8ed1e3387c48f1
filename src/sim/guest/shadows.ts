import type { Archive, Archived } from "../state/archive.ts";
/** What is remembered of evicted pages that came back: their age when they were evicted, and whether they had been active. */
export interface Shadow {
  age: number;
  workingset: boolean;
}

interface Entry extends Shadow {
  pages: number;
}

const CAPACITY = 32;
/** Where `keep` puts what nobody wants to know. */
const FORGOTTEN: Shadow = { age: 0, workingset: false };

/**
 * Shadow entries of one owner's evicted pages (mm/workingset.c), oldest first. A workload goes over its files and its
 * working set in order, so the page that it misses first is the one that was evicted first.
 */
export class ShadowQueue implements Archived {
  /** A ring of entries that are used again and again. */
  readonly #entries: Entry[] = Array.from({ length: CAPACITY }, () => ({ pages: 0, age: 0, workingset: false }));
  #oldest = 0;
  #length = 0;
  /** Pages remembered. */
  pages = 0;

  /** Remembers evicted pages. */
  push(pages: number, age: number, workingset: boolean): void {
    if (pages === 0) return;
    this.pages += pages;
    if (this.#length === CAPACITY) this.#halve();
    const entry = this.#at(this.#length++);
    entry.pages = pages;
    entry.age = age;
    entry.workingset = workingset;
  }

  /** Forgets up to `count` pages, the oldest first, all of one entry, and says what was remembered of them. */
  take(count: number, shadow: Shadow): number {
    if (this.#length === 0) return 0;
    const entry = this.#at(0);
    const taken = Math.min(count, entry.pages);
    shadow.age = entry.age;
    shadow.workingset = entry.workingset;
    entry.pages -= taken;
    this.pages -= taken;
    if (entry.pages === 0) {
      this.#oldest = (this.#oldest + 1) % CAPACITY;
      this.#length--;
    }
    return taken;
  }

  /** Forgets the oldest pages, as far as more than `pages` are remembered: they are nobody's any more. */
  keep(pages: number): void {
    for (let surplus = this.pages - pages; surplus > 0; surplus -= this.take(surplus, FORGOTTEN));
  }

  /** Shows its entries, the oldest first; for checks. */
  forEach(visit: (entry: Readonly<Entry>) => void): void {
    for (let i = 0; i < this.#length; i++) visit(this.#at(i));
  }

  archive(a: Archive): void {
    this.#oldest = a.number(this.#oldest);
    this.#length = a.number(this.#length);
    this.pages = 0;
    for (let i = 0; i < this.#length; i++) {
      const entry = this.#at(i);
      entry.pages = a.number(entry.pages);
      entry.age = a.number(entry.age);
      entry.workingset = a.boolean(entry.workingset);
      this.pages += entry.pages;
    }
  }

  /** Every two neighbours become one: their ages average by pages, and the larger one says what they were. */
  #halve(): void {
    this.#length = CAPACITY / 2;
    for (let i = 0; i < this.#length; i++) {
      const a = this.#at(2 * i);
      const b = this.#at(2 * i + 1);
      const entry = this.#at(i);
      const pages = a.pages + b.pages;
      const age = Math.round((a.age * a.pages + b.age * b.pages) / pages);
      entry.workingset = a.pages > b.pages ? a.workingset : b.workingset;
      entry.pages = pages;
      entry.age = age;
    }
  }

  #at(i: number): Entry {
    return this.#entries[(this.#oldest + i) % CAPACITY] as Entry;
  }
}
