import type { Log } from "../../log/log.ts";

/** Time after which an operation that has not returned is reported, in milliseconds. */
const STALL_MS = 10_000;

/**
 * Watches the operations on a file, one at a time: reports a file system that does not answer, such as one that is frozen for a
 * snapshot, and what was lost meanwhile. It outlives the times that the file is open.
 */
export class FileWatch {
  readonly #shown: string;
  readonly #what: string;
  readonly #log: Log;
  #sinceMs: number | null = null;
  #isStallTold = false;
  #lost = 0;
  #untold = 0;

  /**
   * @param shown the option that names the file, and its name
   * @param what is lost: the plural of a noun, such as `lines`
   */
  constructor(shown: string, what: string, log: Log) {
    this.#shown = shown;
    this.#what = what;
    this.#log = log;
  }

  /** How much was lost, because the file system did not answer or a write failed. */
  get lost(): number {
    return this.#lost;
  }

  /** What hangs, as a line of text; null: nothing, or not for ten seconds yet. */
  get stall(): string | null {
    const ms = this.#sinceMs === null ? 0 : performance.now() - this.#sinceMs;
    return ms < STALL_MS ? null : this.#stallText(ms);
  }

  /** Executes an operation, and reports it if it does not return. */
  async during<T>(operation: () => Promise<T>): Promise<T> {
    this.#sinceMs = performance.now();
    const timer = setTimeout(() => this.#tellStall(), STALL_MS);
    timer.unref();
    try {
      return await operation();
    } finally {
      clearTimeout(timer);
      this.#sinceMs = null;
      this.#tellReturn();
    }
  }

  /** So much was lost, because there was no room for more to wait. The log says so when the file system answers. */
  lose(count: number): void {
    this.#lost += count;
    this.#untold += count;
  }

  /** So much was lost by a failure that is reported as such. */
  loseByFailure(count: number): void {
    this.#lost += count;
  }

  #stallText(ms: number): string {
    return `${this.#shown}: the file system has not answered for ${Math.floor(ms / 1000)} s`;
  }

  #tellStall(): void {
    this.#isStallTold = true;
    this.#log.warn(`${this.#stallText(STALL_MS)}: the balloon continues without it`, {
      event: "file_stall",
      phase: "begins",
    });
  }

  #tellReturn(): void {
    const lost = this.#untold;
    if (!this.#isStallTold && lost === 0) return;
    this.#isStallTold = false;
    this.#untold = 0;
    const what = lost === 0 ? `no ${this.#what} were lost` : `${lost} ${this.#what} were lost`;
    this.#log.warn(`${this.#shown}: the file system answers again: ${what}`, {
      event: "file_stall",
      phase: "ends",
      lost,
    });
  }
}
