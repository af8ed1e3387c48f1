/** A search that takes less than this gets no notice. */
const LONG_MS = 10 * 60_000;

const UNITS = [
  { name: "days", ms: 24 * 3_600_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
] as const;

/** The length of a search. */
export interface SearchLength {
  /** Number of its last trial. */
  readonly trials: number;
  /** Number of runs that are executed at the same time. */
  workers(): number;
}

/**
 * Prints once, after the first trials of a search, its estimated duration, if it is long. The estimate assumes that
 * further trials take as long as the first ones.
 */
export class TimeNotice {
  readonly #search: SearchLength;
  readonly #say: (line: string) => void;
  readonly #nowMs: () => number;
  #first: { readonly trial: number; readonly atMs: number } | null = null;
  #isOver = false;

  /** @param nowMs a monotonic clock */
  constructor(search: SearchLength, say: (line: string) => void, nowMs: () => number = () => performance.now()) {
    this.#search = search;
    this.#say = say;
    this.#nowMs = nowMs;
  }

  /** Called after the trial with that number. */
  onTrial(trial: number): void {
    if (this.#isOver) return;
    const atMs = this.#nowMs();
    this.#first ??= { trial, atMs };
    const { trials } = this.#search;
    const workers = Math.max(1, this.#search.workers());
    const made = trial - this.#first.trial;
    // Each worker has had time for two trials, so that unfinished trials matter little.
    if (made < 2 * workers) return;
    this.#isOver = true;
    const wholeMs = ((atMs - this.#first.atMs) / made) * (trials - this.#first.trial);
    if (wholeMs < LONG_MS) return;
    const { name, ms } = UNITS.find((unit) => wholeMs >= 2 * unit.ms) ?? UNITS[2];
    const threads = `${workers} ${workers === 1 ? "worker" : "workers"}`;
    this.#say(
      `about ${Math.round(wholeMs / ms)} ${name} for ${trials - this.#first.trial} trials on ${threads}: --trials or --for limit it`,
    );
  }
}
