import type { Archive, Archived } from "../state/archive.ts";
/** What is remembered of pages that are read back. */
export interface SwappedRun {
  /** Age of the lists when they were evicted (`mm/workingset.c`); -1 if nothing is known of it. */
  age: number;
  /** Whether they had been active. */
  workingset: boolean;
  /** When they are touched: the sweep that comes to the first and to the last of them. */
  due: number;
  dueEnd: number;
}

interface Entry extends SwappedRun {
  pages: number;
}

const CAPACITY = 64;

/**
 * The pages of one workload's working set that are in swap and no longer in memory: in runs, each with its shadow entry
 * and with the sweep at which the workload comes by.
 */
export class SwappedPages implements Archived {
  /** How many there are. */
  pages = 0;
  readonly #entries: Entry[] = Array.from({ length: CAPACITY }, () => ({
    pages: 0,
    age: 0,
    workingset: false,
    due: 0,
    dueEnd: 0,
  }));
  #length = 0;

  /** Adds pages. */
  push(pages: number, age: number, workingset: boolean, due: number, dueEnd: number): void {
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

  /** The sweep that comes to the first of them; Infinity if there are none. */
  get nextDue(): number {
    const entries = this.#entries;
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#length; i++) next = Math.min(next, (entries[i] as Entry).due);
    return next;
  }

  /** How many of them the sweep has come to. */
  dueBy(sweep: number): number {
    const entries = this.#entries;
    let sum = 0;
    for (let i = 0; i < this.#length; i++) sum += passed(entries[i] as Entry, sweep);
    return sum;
  }

  /** Takes up to `count` pages of one run out that the sweep has come to, into `run`; returns how many, 0 if there are none. */
  take(count: number, sweep: number, run: SwappedRun): number {
    for (let i = 0; i < this.#length; i++) {
      const pages = Math.min(count, passed(this.#at(i), sweep));
      if (pages > 0) return this.#takeFrom(i, pages, run);
    }
    return 0;
  }

  /** Takes `count` pages out, whatever they are. */
  remove(count: number): void {
    for (let left = Math.min(count, this.pages); left > 0; ) left -= this.#takeFrom(0, left, FORGOTTEN);
  }

  /** Shows its entries, the oldest first; for checks. */
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

  #takeFrom(i: number, count: number, run: SwappedRun): number {
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

  /** Closes the gap that an emptied entry leaves. */
  #drop(i: number): void {
    const emptied = this.#at(i);
    this.#length--;
    for (let at = i; at < this.#length; at++) this.#entries[at] = this.#at(at + 1);
    this.#entries[this.#length] = emptied;
  }

  /** Every two neighbours become one: their ages average by pages, and the larger one says what they were. */
  #halve(): void {
    this.#length = CAPACITY / 2;
    for (let i = 0; i < this.#length; i++) {
      const a = this.#at(2 * i);
      const b = this.#at(2 * i + 1);
      const entry = this.#at(i);
      const pages = a.pages + b.pages;
      const due = Math.min(a.due, b.due);
      const dueEnd = Math.max(a.dueEnd, b.dueEnd);
      entry.age = Math.round((a.age * a.pages + b.age * b.pages) / pages);
      entry.workingset = a.pages > b.pages ? a.workingset : b.workingset;
      entry.pages = pages;
      entry.due = due;
      entry.dueEnd = dueEnd;
    }
  }

  #at(i: number): Entry {
    return this.#entries[i] as Entry;
  }
}

/** Where `remove` puts what nobody wants to know. */
const FORGOTTEN: SwappedRun = { age: 0, workingset: false, due: 0, dueEnd: 0 };

/** How many pages of a run the sweep has come to. */
function passed(entry: Entry, sweep: number): number {
  if (sweep >= entry.dueEnd) return entry.pages;
  if (sweep <= entry.due) return 0;
  return Math.floor((entry.pages * (sweep - entry.due)) / (entry.dueEnd - entry.due));
}
