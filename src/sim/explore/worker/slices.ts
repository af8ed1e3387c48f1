/** Work in slices: between two of them the worker receives messages, and newer work replaces older. */

/** Length of a slice, in milliseconds. */
const SLICE_MS = 10;

/** Work that yields every few thousand events. */
export type Work = Generator<void, void, void>;

/** Does one piece of work at a time, and errands beside it. */
export class Slices {
  readonly #now: () => number;
  readonly #later: (next: () => void) => void;
  #work: Work | null = null;
  /** Work that newer work does not replace, the next one first. */
  readonly #errands: Work[] = [];
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

  /** Replaces the present work. */
  begin(work: Work): void {
    this.#work?.return();
    this.#work = work;
    this.#spentMs = 0;
    this.#proceed();
  }

  /** Adds work that newer work does not replace; it takes turns with the present work. */
  add(errand: Work): void {
    this.#errands.push(errand);
    this.#proceed();
  }

  #proceed(): void {
    if (this.#isWaiting || (this.#work === null && this.#errands.length === 0)) return;
    this.#isWaiting = true;
    this.#later(() => {
      this.#isWaiting = false;
      this.#slice();
      this.#sliceOfErrand();
      this.#proceed();
    });
  }

  #slice(): void {
    const work = this.#work;
    if (work === null) return;
    this.#sliceBeganMs = this.#now();
    const isDone = this.#doSome(work, this.#sliceBeganMs);
    this.#spentMs += this.#now() - this.#sliceBeganMs;
    if (isDone) this.#work = null;
  }

  #sliceOfErrand(): void {
    const [errand] = this.#errands;
    if (errand !== undefined && this.#doSome(errand, this.#now())) this.#errands.shift();
  }

  /** Works for the length of a slice; true once all is done. */
  #doSome(work: Work, beganMs: number): boolean {
    let isDone = false;
    while (!isDone && this.#now() - beganMs < SLICE_MS) isDone = work.next().done === true;
    return isDone;
  }
}
