import { setImmediate as turn } from "node:timers/promises";
import type { SingleBar } from "cli-progress";

/** A run shorter than this is over before a bar would help. */
const SHOW_AFTER_MS = 1000;
/** How long a run may keep signals and workers waiting. */
const TURN_MS = 20;

/**
 * Lets the rest of the process have its turn while a run goes on, and shows how far it is: a bar on standard error, where
 * that is a terminal and the run lasts more than a second.
 */
export class Progress {
  readonly #done: number[];
  readonly #isVisible: boolean;
  readonly #startMs = performance.now();
  #turnMs = this.#startMs;
  #bar: SingleBar | null = null;

  /**
   * @param runs how many runs there are
   * @param isWanted whether a bar may be shown
   */
  constructor(runs: number, isWanted: boolean) {
    this.#done = new Array<number>(runs).fill(0);
    // Rows that scroll by on the same terminal would tear the bar apart; they show that something is going on.
    this.#isVisible = isWanted && process.stderr.isTTY === true;
  }

  /** Notes how far a run is. */
  note(run: number, progress: number): void {
    this.#done[run] = progress;
  }

  /** Between two slices of a run. */
  async pace(run: number, progress: number): Promise<void> {
    const now = performance.now();
    if (now - this.#turnMs < TURN_MS) return;
    this.note(run, progress);
    await this.show(now);
    await turn();
    this.#turnMs = performance.now();
  }

  /** Draws the bar if it is time. */
  async show(now = performance.now()): Promise<void> {
    if (!this.#isVisible || now - this.#startMs < SHOW_AFTER_MS) return;
    if (this.#bar === null) {
      const { default: progress } = await import("cli-progress");
      this.#bar = new progress.SingleBar({
        format: "{bar} {percentage} % | {eta_formatted} left",
        barCompleteChar: "█",
        barIncompleteChar: "░",
        hideCursor: false,
        clearOnComplete: true,
        fps: 10,
        stream: process.stderr,
        gracefulExit: false,
      });
      this.#bar.start(1, 0);
    }
    this.#bar.update(this.#done.reduce((sum, one) => sum + one, 0) / this.#done.length);
  }

  /** Removes the bar. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}
