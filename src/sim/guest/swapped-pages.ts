import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Age, Sweep } from "./units.ts";

/** Pages of the working set in swap that are touched one after the other, with their shadow entry. */
export interface SwappedRun {
  /** Nonresident age at their eviction (mm/workingset.c); -1 (`UNKNOWN_AGE`) if it is not known. */
  age: Age;
  /** Whether they had been active before their eviction. */
  workingset: boolean;
  /** Values of the sweep at which the workload touches the first and the last of them. */
  due: Sweep;
  dueEnd: Sweep;
}

interface Entry extends SwappedRun {
  pages: Pages;
}

const CAPACITY = 64;

/**
 * The pages of one workload's working set that are in swap and no longer in memory, in entries of pages that were evicted
 * together.
 */
export class SwappedPages implements Archived {
  /** Number of pages. */
  pages: Pages = 0;
  readonly #entries: Entry[] = Array.from({ length: CAPACITY }, () => ({
    pages: 0,
    age: 0,
    workingset: false,
    due: 0,
    dueEnd: 0,
  }));
  #length = 0;
  readonly #hasSteps: boolean;

  /** @param hasSteps whether ages are generations, of which there is no mean */
  constructor(hasSteps = false) {
    this.#hasSteps = hasSteps;
  }

  /** Adds pages. */
  push(pages: Pages, age: Age, workingset: boolean, due: Sweep, dueEnd: Sweep): void {
    if (pages === 0) return;
    this.pages += pages;
    if (this.#length === CAPACITY) this.#halve();
    const entry = this.#at(this.#length++);
    entry.pages = pages;
    entry.age = age;
    entry.workingset = workingset;
    entry.due = due;
    entry.dueEnd = dueEnd;
  }

  /** Value of the sweep at which the workload touches the first of them; Infinity if there are none. */
  get nextDue(): Sweep {
    const entries = this.#entries;
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) next = Math.min(next, (entries[i] as Entry).due);
    return next;
  }

  /** Number of pages that the sweep has reached. */
  dueBy(sweep: Sweep): Pages {
    const entries = this.#entries;
    let sum = 0;
    for (let i = 0; i < this.#length; i++) sum += passed(entries[i] as Entry, sweep);
    return sum;
  }

  /**
   * Removes up to `count` pages of one entry that the sweep has reached, describes them in `run`; returns their number.
   */
  take(count: Pages, sweep: Sweep, run: SwappedRun): Pages {
    for (let i = 0; i < this.#length; i++) {
      const pages = Math.min(count, passed(this.#at(i), sweep));
      if (pages > 0) return this.#takeFrom(i, pages, run);
    }
    return 0;
  }

  /** Removes `count` pages, from the oldest entries first. */
  remove(count: Pages): void {
    for (let left = Math.min(count, this.pages); left > 0; ) left -= this.#takeFrom(0, left, FORGOTTEN);
  }

  /** Visits the entries, the oldest first; for checks. */
  forEach(visit: (entry: Readonly<Entry>) => void): void {
    for (let i = 0; i < this.#length; i++) visit(this.#at(i));
  }

  archive(a: Archive): void {
    this.#length = a.number(this.#length);
    this.pages = 0;
    for (let i = 0; i < this.#length; i++) {
      const entry = this.#at(i);
      entry.pages = a.number(entry.pages);
      entry.age = a.number(entry.age);
      entry.workingset = a.boolean(entry.workingset);
      entry.due = a.number(entry.due);
      entry.dueEnd = a.number(entry.dueEnd);
      this.pages += entry.pages;
    }
  }

  #takeFrom(i: number, count: Pages, run: SwappedRun): Pages {
    const entry = this.#at(i);
    const pages = Math.min(count, entry.pages);
    run.age = entry.age;
    run.workingset = entry.workingset;
    run.due = entry.due;
    run.dueEnd = entry.due + ((entry.dueEnd - entry.due) * pages) / entry.pages;
    entry.due = run.dueEnd;
    entry.pages -= pages;
    this.pages -= pages;
    if (entry.pages === 0) this.#drop(i);
    return pages;
  }

  /** Removes an empty entry. */
  #drop(i: number): void {
    const emptied = this.#at(i);
    this.#length--;
    for (let at = i; at < this.#length; at++) this.#entries[at] = this.#at(at + 1);
    this.#entries[this.#length] = emptied;
  }

  /**
   * Merges entries in pairs of equal `workingset`: the mean of both ages, weighted by pages, or the larger entry's. Pairs of
   * unequal ones would have to take one value, and an old large entry would impose its own on all that came later.
   */
  #halve(): void {
    const unpaired: (Entry | null)[] = [null, null];
    for (let i = 0; i < this.#length; i++) {
      const b = this.#at(i);
      const kind = b.workingset ? 1 : 0;
      const a = unpaired[kind] as Entry | null;
      unpaired[kind] = a === null ? b : null;
      if (a === null) continue;
      const pages = a.pages + b.pages;
      a.age = this.#hasSteps
        ? (a.pages > b.pages ? a : b).age
        : Math.round((a.age * a.pages + b.age * b.pages) / pages);
      a.due = Math.min(a.due, b.due);
      a.dueEnd = Math.max(a.dueEnd, b.dueEnd);
      a.pages = pages;
      b.pages = 0;
    }
    this.#dropEmpty();
  }

  /** Removes empty entries, in order. */
  #dropEmpty(): void {
    const entries = this.#entries;
    let to = 0;
    for (let i = 0; i < this.#length; i++) {
      const entry = this.#at(i);
      if (entry.pages === 0) continue;
      entries[i] = this.#at(to);
      entries[to++] = entry;
    }
    this.#length = to;
  }

  #at(i: number): Entry {
    return this.#entries[i] as Entry;
  }
}

/** Receives the entries that `remove` discards. */
const FORGOTTEN: SwappedRun = { age: 0, workingset: false, due: 0, dueEnd: 0 };

/** Number of pages of an entry that the sweep has reached. */
function passed(entry: Entry, sweep: Sweep): Pages {
  if (sweep >= entry.dueEnd) return entry.pages;
  if (sweep <= entry.due) return 0;
  return Math.floor((entry.pages * (sweep - entry.due)) / (entry.dueEnd - entry.due));
}
