/** How long a piece shall take, in milliseconds: long against the queue's own time, short against a worker's lock. */
const PIECE_MS = 250;

/** How long a piece shall take at least, in milliseconds: a shorter one costs more than waiting for it saves. */
const LEAST_MS = 10;

/** Which part of the runs that are left goes into a piece, by threads: large pieces talk less, small last ones end together. */
const SHARE = 1 / 3;

/** Most runs in a piece. */
export const MAX_PIECE = 64;

/** Weight of the latest piece in the mean duration of a run. */
const LATEST = 0.2;

/** Chooses how many runs a piece has, by how long those took that are done. */
export class Pace {
  #runMs: number | null = null;

  /** Notes how long some runs took, on one thread. */
  note(runs: number, ms: number): void {
    if (!(ms >= 0) || runs === 0) return;
    const runMs = ms / runs;
    this.#runMs = this.#runMs === null ? runMs : this.#runMs + LATEST * (runMs - this.#runMs);
  }

  /**
   * How many runs the next piece has.
   * @param left runs that are left, 1 or more
   * @param threads that make them
   */
  sizeOf(left: number, threads: number): number {
    // While nothing is known a run may take minutes.
    if (this.#runMs === null) return 1;
    const byTime = Math.floor(PIECE_MS / Math.max(this.#runMs, 1e-3));
    const byShare = Math.ceil((left * SHARE) / Math.max(1, threads));
    const least = Math.ceil(LEAST_MS / Math.max(this.#runMs, 1e-3));
    return Math.max(1, Math.min(MAX_PIECE, byTime, Math.max(least, byShare), left));
  }
}
