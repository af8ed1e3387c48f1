import type { Note } from "./evaluation.ts";

/**
 * How much is done of a part of the work of which only the most runs that are left is known. Its bar does not go back as
 * long as each such number is at most the one before without the runs that were made since.
 */
export class RunCount {
  readonly #note: Note;
  #word = "";
  #done = 0;
  #most = 1;

  /** @param note shows it */
  constructor(note: Note) {
    this.#note = note;
  }

  /**
   * Begins a part of the work.
   * @param word says what is done
   */
  begin(word: string): void {
    this.#word = word;
    this.#done = 0;
  }

  /** At most so many runs are left of the part. */
  left(runs: number): void {
    this.#most = this.#done + runs;
  }

  /** A run has been made. */
  made(): void {
    this.#done++;
    this.#note(this.#done / this.#most, this.#word);
  }
}
