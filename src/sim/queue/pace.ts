/** Intended duration of a piece, in milliseconds: long compared to the cost of a task, short compared to a worker's lock. */
const PIECE_MS = 250;

/** Minimum duration of a piece, in milliseconds: a shorter piece costs more time than the even distribution saves. */
const LEAST_MS = 10;

/**
 * A piece has this share of the remaining runs of a thread. Pieces are large first, which needs fewer messages, and small at the
 * end, so that all threads end at about the same time.
 */
const SHARE = 1 / 3;

/** Maximum number of runs in a piece. */
export const MAX_PIECE = 64;

/** Weight of the latest piece in the mean duration of a run. */
const LATEST = 0.2;

/** Chooses the number of runs in a piece by the durations of earlier runs. */
export class Pace {
  #runMs: number | null = null;

  /** Notes the duration of some runs on one thread. */
  note(runs: number, ms: number): void {
    if (!(ms >= 0) || runs === 0) return;
    const runMs = ms / runs;
    this.#runMs = this.#runMs === null ? runMs : this.#runMs + LATEST * (runMs - this.#runMs);
  }

  /**
   * Number of runs in the next piece.
   * @param left number of remaining runs, 1 or more
   * @param threads number of threads that execute runs
   */
  sizeOf(left: number, threads: number): number {
    // Before the first result, a run may take minutes.
    if (this.#runMs === null) return 1;
    const byTime = Math.floor(PIECE_MS / Math.max(this.#runMs, 1e-3));
    const byShare = Math.ceil((left * SHARE) / Math.max(1, threads));
    const least = Math.ceil(LEAST_MS / Math.max(this.#runMs, 1e-3));
    return Math.max(1, Math.min(MAX_PIECE, byTime, Math.max(least, byShare), left));
  }
}
