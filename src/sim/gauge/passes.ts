import type { Ms, Pages } from "../../common/units.ts";

/** Fewest passes of a kind that is measured at all. */
export const LEAST_PASSES = 3;
/** The region of the first pass is smaller in the next ones if it took longer than one part in so many of the time. */
const SHARE_OF_TIME = 8;
const LEAST_REGION_PAGES = 256;

/** Passes of one kind over regions of one size, and what they have measured. */
export class Passes<Figures> {
  readonly #pass: (pages: Pages) => Promise<Figures>;
  readonly #most: number;
  #pages: Pages;
  #spentMs: Ms = 0;
  #isWarm = false;
  readonly #figures: Figures[] = [];

  /**
   * @param pages of the region of a pass
   * @param most passes: those to a disk wear it
   */
  constructor(pages: Pages, most: number, pass: (pages: Pages) => Promise<Figures>) {
    this.#pass = pass;
    this.#most = most;
    this.#pages = pages;
  }

  get pages(): Pages {
    return this.#pages;
  }

  /** Time that the passes have taken. */
  get spentMs(): Ms {
    return this.#spentMs;
  }

  get isShort(): boolean {
    return this.#figures.length < LEAST_PASSES;
  }

  get isFull(): boolean {
    return this.#figures.length >= this.#most;
  }

  get count(): number {
    return this.#figures.length;
  }

  /**
   * Takes a pass. The first one counts for nothing: it warms up caches and code. If it was slow, the next ones are smaller.
   * @param forMs the time of the whole measurement
   */
  async take(nowMs: () => Ms, forMs: Ms): Promise<void> {
    const fromMs = nowMs();
    const figures = await this.#pass(this.#pages);
    const tookMs = nowMs() - fromMs;
    this.#spentMs += tookMs;
    if (this.#isWarm) {
      this.#figures.push(figures);
      return;
    }
    this.#isWarm = true;
    const shareMs = forMs / SHARE_OF_TIME;
    if (tookMs <= shareMs) return;
    this.#pages = Math.min(this.#pages, Math.max(LEAST_REGION_PAGES, Math.floor((this.#pages * shareMs) / tookMs)));
  }

  /** The values of a figure, without those that a pass could not measure. */
  values(of: (figures: Figures) => number | null): number[] {
    return this.#figures.map(of).filter((value) => value !== null);
  }
}

/** Passes of any kind. */
export type AnyPasses = Pick<Passes<never>, "count" | "isFull" | "isShort" | "take" | "pages" | "spentMs">;

/**
 * The passes whose turn it is: while any has too few, the one with the fewest; then, until the time is over, the one that has
 * taken the least time. Null: all are done.
 */
export function turnOf(all: readonly AnyPasses[], isOver: boolean): AnyPasses | null {
  const short = all.filter((passes) => passes.isShort);
  if (short.length > 0) return least(short, ({ count }) => count);
  return isOver
    ? null
    : least(
        all.filter((passes) => !passes.isFull),
        ({ spentMs }) => spentMs,
      );
}

function least<Item>(items: readonly Item[], of: (item: Item) => number): Item | null {
  return items.reduce<Item | null>((best, item) => (best === null || of(item) < of(best) ? item : best), null);
}
