import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";

/** Maximum number of batches that are kept apart; a further one joins the last. */
const MAX_TURNS = 64;

/**
 * The order in which batches of pages that were put at the head of an LRU list reach its tail: a batch does when as many pages have been
 * taken from the tail as were on the list before it.
 */
export class Turns implements Archived {
  /** Of each batch, oldest first: its pages, and how many pages are to be taken from the tail before, counted from `#taken` = 0. */
  readonly #pages = new Float64Array(MAX_TURNS);
  readonly #at = new Float64Array(MAX_TURNS);
  #count = 0;
  #taken: Pages = 0;

  /**
   * Adds a batch at the head of the list, before which there are `ahead` pages.
   * @param others pages of earlier batches that are still there. Pages may have left from anywhere; the oldest are taken to have left.
   */
  add(pages: Pages, ahead: Pages, others: Pages): void {
    this.take(this.#sum - others);
    const at = this.#taken + ahead;
    const i = Math.min(this.#count, MAX_TURNS - 1);
    this.#pages[i] = pages + (i < this.#count ? (this.#pages[i] as number) : 0);
    this.#at[i] = at;
    this.#count = i + 1;
  }

  get #sum(): Pages {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.#pages[i] as number;
    return sum;
  }

  /** Counts pages of no batch that are taken from the tail. */
  pass(pages: Pages): void {
    this.#taken += pages;
  }

  /** How many of `all` pages of the batches have reached the tail. */
  due(all: Pages): Pages {
    let later = 0;
    for (let i = this.#count - 1; i >= 0 && (this.#at[i] as number) > this.#taken; i--)
      later += this.#pages[i] as number;
    return Math.max(0, all - later);
  }

  /** Removes pages of the oldest batches. */
  take(pages: Pages): void {
    let left = pages;
    let gone = 0;
    while (gone < this.#count && left >= (this.#pages[gone] as number)) left -= this.#pages[gone++] as number;
    if (gone < this.#count) this.#pages[gone] = (this.#pages[gone] as number) - left;
    if (gone === 0) return;
    this.#pages.copyWithin(0, gone, this.#count);
    this.#at.copyWithin(0, gone, this.#count);
    this.#count -= gone;
  }

  archive(a: Archive): void {
    a.numbers(this.#pages);
    a.numbers(this.#at);
    this.#count = a.number(this.#count);
    this.#taken = a.number(this.#taken);
  }
}
