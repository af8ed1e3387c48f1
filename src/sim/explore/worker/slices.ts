/** Work in slices: between two of them the worker receives messages, and newer work replaces older. */

/** Length of a slice, in milliseconds. */
const SLICE_MS = 10;

/** Work that yields every few thousand events. */
export type Work = Generator<void, void, void>;

/** Does one piece of work at a time. */
export class Slices {
  readonly #now: () => number;
  readonly #later: (next: () => void) => void;
  #work: Work | null = null;
  #isWaiting = false;
  /** Time that the present work has taken, in milliseconds. */
  #spentMs = 0;
  #sliceBeganMs = 0;

  /**
   * @param now the time in milliseconds
   * @param later calls a function after messages that have arrived
   */
  constructor(now: () => number, later: (next: () => void) => void) {
    this.#now = now;
    this.#later = later;
  }

  /** Time that the present work has taken so far, in milliseconds. */
  get spentMs(): number {
    return this.#spentMs + this.#now() - this.#sliceBeganMs;
  }

  /** Replaces the present work; null: ends it. */
  begin(work: Work | null): void {
    this.#work?.return();
    this.#work = work;
    this.#spentMs = 0;
    this.#proceed();
  }

  #proceed(): void {
    if (this.#isWaiting || this.#work === null) return;
    this.#isWaiting = true;
    this.#later(() => {
      this.#isWaiting = false;
      this.#slice();
      this.#proceed();
    });
  }

  #slice(): void {
    const work = this.#work;
    if (work === null) return;
    this.#sliceBeganMs = this.#now();
    let isDone = false;
    while (!isDone && this.#now() - this.#sliceBeganMs < SLICE_MS) isDone = work.next().done === true;
    this.#spentMs += this.#now() - this.#sliceBeganMs;
    if (isDone) this.#work = null;
  }
}
