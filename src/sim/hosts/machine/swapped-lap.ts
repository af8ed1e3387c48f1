import type { Ns, Pages } from "../../../common/units.ts";

/** Parts of a lap. The host chooses pages at random, so those that it has swapped lie evenly in each part. */
const PARTS = 16;

/**
 * Pages that the host has swapped among those which a guest's workload accesses in a fixed order, lap after lap. Each comes back
 * when the workload comes to it. All numbers of pages are whole.
 */
export class SwappedLap {
  /** Swapped pages. */
  pages: Pages = 0;
  readonly #parts = new Float64Array(PARTS);
  /** The part of the lap in which the workload is, and the fraction of it that it has passed. */
  #part = 0;
  #passed = 0;
  /** Fraction of a page that the workload has come to. */
  #carry = 0;

  /** Adds pages that the host has swapped at random, among `of` pages of the lap. */
  add(pages: Pages, of: Pages): void {
    const room = Math.max(1, of - this.pages);
    let before = 0;
    let given = 0;
    for (let part = 0; part < PARTS; part++) {
      const here = this.#parts[part] as number;
      before += Math.max(0, of / PARTS - here);
      // Cumulative, so that the parts add up to the whole.
      const upTo = part === PARTS - 1 ? pages : Math.min(pages, Math.round((pages * before) / room));
      this.#parts[part] = here + Math.max(0, upTo - given);
      given = Math.max(given, upTo);
    }
    this.pages += pages;
  }

  /** Removes pages at random: the guest has freed them, or no longer accesses them. */
  remove(pages: Pages): void {
    const all = this.pages;
    let before = 0;
    let taken = 0;
    for (let part = 0; part < PARTS && taken < pages; part++) {
      const here = this.#parts[part] as number;
      before += here;
      const upTo = Math.min(pages, Math.ceil((pages * before) / all));
      const some = Math.min(here, upTo - taken);
      this.#parts[part] = here - some;
      taken += some;
    }
    this.pages = all - taken;
  }

  /**
   * The workload is to access `pages` pages in a time.
   * @param lap pages of a lap
   * @param pageNs wait for a swapped page
   * @returns how many it accesses; `came` has the number of swapped pages among them
   */
  pass(pages: Pages, lap: Pages, pageNs: Ns, ns: Ns): Pages {
    this.came = 0;
    let leftNs = ns;
    let left = (pages / lap) * PARTS;
    while (this.pages > 0 && left > 0) {
      const ahead = 1 - this.#passed;
      const here = this.#parts[this.#part] as number;
      let some = Math.min(left, ahead);
      const needNs = ((here * some) / ahead) * pageNs;
      const isLate = needNs > leftNs;
      if (isLate) some *= leftNs / needNs;
      // What is left of a part may be too little to change the sum.
      const isEnd = this.#passed + some >= 1;
      this.#take(isEnd ? here : (here * some) / ahead, isEnd);
      leftNs -= Math.min(leftNs, needNs);
      left -= some;
      this.#advance(some, isEnd);
      if (isLate) return Math.max(0, pages - (left * lap) / PARTS);
    }
    if (left > 0) this.#skip(left);
    return pages;
  }

  /** Swapped pages that the last `pass` came to. */
  came: Pages = 0;

  /** Swapped pages for each page of the lap just ahead; 0 for a lap without pages, which the workload has just given up. */
  density(lap: Pages): number {
    if (this.pages === 0 || lap === 0) return 0;
    const here = this.#parts[this.#part] as number;
    return Math.min(1, here / ((lap / PARTS) * (1 - this.#passed)));
  }

  /** @param isEnd whether the part ends with these pages */
  #take(exact: Pages, isEnd: boolean): void {
    const here = this.#parts[this.#part] as number;
    const whole = isEnd ? here : Math.min(here, Math.floor(exact + this.#carry));
    this.#carry = isEnd ? 0 : exact + this.#carry - whole;
    this.#parts[this.#part] = here - whole;
    this.pages -= whole;
    this.came += whole;
  }

  #advance(some: number, isEnd: boolean): void {
    if (!isEnd) {
      this.#passed += some;
      return;
    }
    this.#passed = 0;
    this.#part = (this.#part + 1) % PARTS;
  }

  /** Advances where no page is swapped. */
  #skip(parts: number): void {
    const at = this.#part + this.#passed + parts;
    const whole = Math.floor(at);
    this.#part = whole % PARTS;
    this.#passed = at - whole;
    this.#carry = 0;
  }
}
