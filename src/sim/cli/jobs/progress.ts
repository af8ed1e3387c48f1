import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { SingleBar } from "cli-progress";
import { cleanUpAtSignal } from "../../../common/files/temporary.ts";
import { formatTime } from "../../../common/units.ts";

/** Time before a bar is shown: a shorter run needs none. */
const SHOW_AFTER_MS = 1000;
/** Time between two looks at the progress of threads. */
const LOOK_MS = 100;
/** Longest time for which a run keeps the event loop from handling signals and messages, in milliseconds. */
const TURN_MS = 20;

/** A monotonic clock, in milliseconds; the first use of `performance` would take two milliseconds. */
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * The remaining time, for the bar.
 * @param seconds whole seconds; a text if the bar has no estimate
 */
const timeLeft = (seconds: number | string): string =>
  typeof seconds === "number" ? `${formatTime(seconds * 1_000_000)} left` : "time left unknown";

/**
 * The terminal for a bar; null if there is none, or if rows are printed on it: they would break the bar, and show the
 * progress themselves.
 * @param scrolls whether rows go to standard output
 */
export function barTerminal(isQuiet: boolean, scrolls = false): NodeJS.WriteStream | null {
  if (isQuiet || (scrolls && process.stdout.isTTY)) return null;
  return process.stderr.isTTY ? process.stderr : null;
}

/**
 * Lets the event loop run during a run, and shows the progress: as a bar on standard error, if that is a terminal and
 * the run takes more than a second.
 */
export class Progress {
  readonly #done: number[];
  readonly #findTerminal: () => NodeJS.WriteStream | null;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #turnMs: number;
  /** Undefined as long as it was not needed. */
  #terminal: NodeJS.WriteStream | null | undefined;
  #bar: SingleBar | null = null;
  /** Ends the wait of signals for the removal of the bar. */
  #unregisterCleanup: () => void = () => {};
  #word = "";

  /**
   * @param runs number of runs
   * @param findTerminal the terminal for the bar (`barTerminal`); called when a bar is due and not before, because Node takes
   * two milliseconds to open the standard streams
   * @param nowMs a monotonic clock
   */
  constructor(runs: number, findTerminal: () => NodeJS.WriteStream | null, nowMs = monotonicMs) {
    this.#done = new Array<number>(runs).fill(0);
    this.#findTerminal = findTerminal;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
    this.#turnMs = this.#startMs;
  }

  /**
   * Begins another part of the work, with a bar of its own: a single bar would go backwards.
   * @param word name of the part, shown in front of the bar
   */
  begin(word: string): void {
    this.stop();
    this.#word = `${word} `;
    this.#done.fill(0);
  }

  /** Notes the progress of a run. */
  note(run: number, progress: number): void {
    this.#done[run] = progress;
  }

  /** Called between two slices of a run. */
  async pace(run: number, progress: number): Promise<void> {
    this.note(run, progress);
    const now = this.#nowMs();
    if (now - this.#turnMs < TURN_MS) return;
    await this.show(now);
    await turn();
    this.#turnMs = this.#nowMs();
  }

  /** Draws the bar if it is due. */
  async show(now = this.#nowMs()): Promise<void> {
    if (now - this.#startMs < SHOW_AFTER_MS) return;
    if (this.#terminal === undefined) this.#terminal = this.#findTerminal();
    const stream = this.#terminal;
    if (stream === null) return;
    if (this.#bar === null) {
      const { default: progress } = await import("cli-progress");
      this.#bar = new progress.SingleBar({
        format: `${this.#word}{bar} {percentage} % | {eta_formatted}`,
        formatTime: timeLeft,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: Math.max(10, Math.min(40, (stream.columns ?? 80) - 30 - this.#word.length)),
        // The terminal must be as before if a signal ends the process.
        hideCursor: false,
        linewrap: true,
        clearOnComplete: true,
        fps: 10,
        stream,
        gracefulExit: false,
      });
      this.#bar.start(1, 0);
      // What the shell prints after Ctrl-C must not continue the bar's line.
      this.#unregisterCleanup = cleanUpAtSignal(
        async () => this.#end(),
        () => {},
      );
    }
    this.#bar.update(this.#done.reduce((sum, one) => sum + one, 0) / this.#done.length);
  }

  /**
   * Draws the bar, when it is due, while threads do the work.
   * @returns a function that ends this
   */
  follow(): () => void {
    let isRunning = true;
    const draw = async (): Promise<void> => {
      for (; isRunning; await sleep(LOOK_MS, undefined, { ref: false })) await this.show();
    };
    void draw();
    return () => {
      isRunning = false;
    };
  }

  /** Removes the bar. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
    this.#unregisterCleanup();
    this.#unregisterCleanup = () => {};
  }

  /** Removes the bar, and shows none any more. */
  #end(): void {
    this.#terminal = null;
    this.stop();
  }
}
