import type { Note } from "./evaluation.ts";

/**
 * The progress of a stage of the work for which only the maximum number of remaining runs is known. The bar never goes back if
 * each new maximum is at most the previous one minus the runs that were executed meanwhile.
 */
export class RunCount {
  readonly #note: Note;
  #word = "";
  #done = 0;
  #most = 1;

  /** @param note shows the progress */
  constructor(note: Note) {
    this.#note = note;
  }

  /**
   * Begins a stage of the work.
   * @param word name of the stage
   */
  begin(word: string): void {
    this.#word = word;
    this.#done = 0;
  }

  /** Sets the maximum number of remaining runs of the stage. */
  left(runs: number): void {
    this.#most = this.#done + runs;
  }

  /** Counts an executed run. */
  made(): void {
    this.#done++;
    this.#note(this.#done / this.#most, this.#word);
  }
}
