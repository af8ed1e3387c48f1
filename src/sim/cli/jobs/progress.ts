import { setImmediate as turn } from "node:timers/promises";
import type { SingleBar } from "cli-progress";
import { formatTime } from "../../../common/units.ts";

/** A run shorter than this is over before a bar would help. */
const SHOW_AFTER_MS = 1000;
/** How long a run may keep signals and workers waiting. */
const TURN_MS = 20;

/** A clock that does not run backwards, in milliseconds; the first use of `performance` would take two of them. */
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * How long the runs still take, for the bar.
 * @param seconds whole seconds; a text where the bar has too little to go by
 */
const timeLeft = (seconds: number | string): string =>
  typeof seconds === "number" ? `${formatTime(seconds * 1_000_000)} left` : "time left unknown";

/**
 * Lets the rest of the process have its turn while a run goes on, and shows how far it is: a bar on standard error, where
 * that is a terminal and the run lasts more than a second.
 */
export class Progress {
  readonly #done: number[];
  readonly #isVisible: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #turnMs: number;
  #bar: SingleBar | null = null;
  #word = "";

  /**
   * @param runs how many runs there are
   * @param isWanted whether a bar may be shown
   * @param stream where it is shown, if that is a terminal
   * @param nowMs a clock that does not run backwards
   */
  constructor(runs: number, isWanted: boolean, stream: NodeJS.WriteStream = process.stderr, nowMs = monotonicMs) {
    this.#done = new Array<number>(runs).fill(0);
    // Where there is no terminal cli-progress shows nothing by itself; this keeps it from being loaded.
    this.#isVisible = isWanted && stream.isTTY === true;
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
    this.#turnMs = this.#startMs;
  }

  /**
   * Begins another part of the work, which has a bar of its own: one bar for both would go backwards.
   * @param word what is done now; it stands in front of the bar
   */
  begin(word: string): void {
    this.stop();
    this.#word = `${word} `;
    this.#done.fill(0);
  }

  /** Notes how far a run is. */
  note(run: number, progress: number): void {
    this.#done[run] = progress;
  }

  /** Between two slices of a run. */
  async pace(run: number, progress: number): Promise<void> {
    this.note(run, progress);
    const now = this.#nowMs();
    if (now - this.#turnMs < TURN_MS) return;
    await this.show(now);
    await turn();
    this.#turnMs = this.#nowMs();
  }

  /** Draws the bar if it is time. */
  async show(now = this.#nowMs()): Promise<void> {
    if (!this.#isVisible || now - this.#startMs < SHOW_AFTER_MS) return;
    if (this.#bar === null) {
      const { default: progress } = await import("cli-progress");
      this.#bar = new progress.SingleBar({
        format: `${this.#word}{bar} {percentage} % | {eta_formatted}`,
        formatTime: timeLeft,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: Math.max(10, Math.min(40, (this.#stream.columns ?? 80) - 30 - this.#word.length)),
        // Nothing that would have to be undone where a signal ends the process.
        hideCursor: false,
        linewrap: true,
        clearOnComplete: true,
        fps: 10,
        stream: this.#stream,
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
