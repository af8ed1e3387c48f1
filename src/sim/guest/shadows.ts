import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Age } from "./units.ts";

/** A shadow entry: the nonresident age at which pages were evicted, and whether they had been active before. */
export interface Shadow {
  age: Age;
  workingset: boolean;
}

interface Entry extends Shadow {
  pages: Pages;
}

const CAPACITY = 32;
/** Receives the entries that `keep` discards. */
const FORGOTTEN: Shadow = { age: 0, workingset: false };

/**
 * Shadow entries of one workload's evicted file pages (mm/workingset.c), oldest first. A workload reads its files in
 * order, so the page that it misses first is the one that was evicted first.
 */
export class ShadowQueue implements Archived {
  readonly #hasSteps: boolean;
  /** A ring of reused entries. */
  readonly #entries: Entry[] = Array.from({ length: CAPACITY }, () => ({ pages: 0, age: 0, workingset: false }));
  #oldest = 0;
  #length = 0;
  /** Pages that have a shadow entry. */
  pages: Pages = 0;

  /** @param hasSteps whether ages are generations with their references, of which there is no mean */
  constructor(hasSteps = false) {
    this.#hasSteps = hasSteps;
  }

  /** Adds evicted pages. */
  push(pages: Pages, age: Age, workingset: boolean): void {
    if (pages === 0) return;
    this.pages += pages;
    if (this.#length === CAPACITY) this.#halve();
    const entry = this.#at(this.#length++);
    entry.pages = pages;
    entry.age = age;
    entry.workingset = workingset;
  }

  /** Removes up to `count` pages of the oldest entry, describes them in `shadow`, and returns their number. */
  take(count: Pages, shadow: Shadow): Pages {
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

  /** Removes the oldest pages until at most `pages` are left: the others are no longer part of the workload's files. */
  keep(pages: Pages): void {
    for (let surplus = this.pages - pages; surplus > 0; surplus -= this.take(surplus, FORGOTTEN));
  }

  /** Visits the entries, the oldest first; for checks. */
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

  /**
   * Merges entries in pairs: the larger entry's `workingset`, and the mean of both ages, weighted by pages, or the larger
   * entry's.
   */
  #halve(): void {
    this.#length = CAPACITY / 2;
    for (let i = 0; i < this.#length; i++) {
      const a = this.#at(2 * i);
      const b = this.#at(2 * i + 1);
      const entry = this.#at(i);
      const pages = a.pages + b.pages;
      const age = this.#hasSteps
        ? (a.pages > b.pages ? a : b).age
        : Math.round((a.age * a.pages + b.age * b.pages) / pages);
      entry.workingset = a.pages > b.pages ? a.workingset : b.workingset;
      entry.pages = pages;
      entry.age = age;
    }
  }

  #at(i: number): Entry {
    return this.#entries[(this.#oldest + i) % CAPACITY] as Entry;
  }
}
