import type { Log } from "../log/log.ts";
import type { AuxiliaryName, AuxiliaryState } from "../view/types.ts";
import type { FileWatch } from "./files/file-watch.ts";
import { within } from "./within.ts";

/** Delay of the first attempt to open it again; each further delay is twice as long, */
const FIRST_RETRY_MS = 1000;
/** up to a minute. */
const LAST_RETRY_MS = 60_000;
/** Time without a failure after which it counts as working: on a full disk a file opens, and then a write fails. */
const STEADY_MS = 60_000;
/** Longest time that the daemon's start waits until it is open, and its end until it is closed, in milliseconds. */
const PATIENCE_MS = 5000;

/** Opens and closes a server or file. */
export interface Opener<T> {
  readonly name: AuxiliaryName;
  /** Watches the operations on a file. */
  readonly watch?: FileWatch;
  open(): T | Promise<T>;
  close(value: T): unknown;
}

/**
 * A server or a file that the daemon keeps open. If opening it fails, or if it fails later, the daemon tries again
 * until the daemon ends, at growing intervals. The log reports failures and recoveries.
 */
export class Auxiliary<T> {
  readonly #opener: Opener<T>;
  readonly #log: Log;
  #value: T | null = null;
  /** Opening and closing, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #failure: string | null = null;
  #failures = 0;
  /** The failure that the log has reported last; null if it has reported a recovery, or nothing. */
  #told: string | null = null;
  /** It was opened again and has not worked for `STEADY_MS` yet. */
  #isOnTrial = false;
  /** It has failed on trial: the log reports the next recovery only after `STEADY_MS`. */
  #isUnsteady = false;
  #delayMs = FIRST_RETRY_MS;
  /** Timer of the next attempt, or of the end of the trial. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;

  constructor(opener: Opener<T>, log: Log) {
    this.#opener = opener;
    this.#log = log;
  }

  /** The open server or file; null while it is not open. */
  get value(): T | null {
    return this.#value;
  }

  get state(): AuxiliaryState {
    const { name, watch } = this.#opener;
    const failure = this.#failure ?? watch?.stall ?? null;
    return { name, failure, failures: this.#failures, lost: watch?.lost ?? 0 };
  }

  /** Tries to open it. Settles before it is open if that takes long. */
  async open(): Promise<void> {
    this.#work = this.#work.then(() => this.#open());
    await within(PATIENCE_MS, this.#work);
  }

  async #open(): Promise<void> {
    try {
      const value = await this.#opener.open();
      if (this.#isEnded) {
        await this.#opener.close(value);
        return;
      }
      this.#value = value;
      this.#failure = null;
      if (this.#failures === 0) return;
      this.#isOnTrial = true;
      if (!this.#isUnsteady) this.#tellThatItWorks();
      this.#after(STEADY_MS, () => this.#lasted());
    } catch (error) {
      this.#failed(error);
    }
  }

  /** It has failed: closes it, and tries again later. */
  lost(error: unknown): void {
    const value = this.#value;
    if (value === null || this.#isEnded) return;
    this.#value = null;
    if (this.#isOnTrial) this.#isUnsteady = true;
    // Closing a broken file may fail, too.
    this.#work = this.#work.then(() => this.#opener.close(value)).then(undefined, () => {});
    this.#failed(error);
  }

  /**
   * Closes it permanently.
   * @returns whether it is closed; else its file system does not answer
   */
  async end(): Promise<boolean> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    const value = this.#value;
    this.#value = null;
    const fields = { event: "auxiliary", what: this.#opener.name };
    const closed = this.#work
      .then(() => (value === null ? undefined : this.#opener.close(value)))
      .then(undefined, (error) => this.#log.warn(error instanceof Error ? error.message : String(error), fields));
    const isClosed = await within(PATIENCE_MS, closed);
    if (!isClosed)
      this.#log.warn(`--${this.#opener.name}: the file system does not answer: the daemon ends without it`, fields);
    return isClosed;
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#failures++;
    this.#failure = message;
    if (this.#isEnded) return;
    if (this.#told !== message) {
      this.#log.warn(`${message}: the balloon continues without it, and it is retried`, {
        event: "auxiliary",
        what: this.#opener.name,
      });
    }
    this.#told = message;
    this.#after(this.#delayMs, () => void this.open());
    this.#delayMs = Math.min(2 * this.#delayMs, LAST_RETRY_MS);
  }

  #lasted(): void {
    this.#isOnTrial = false;
    this.#isUnsteady = false;
    this.#delayMs = FIRST_RETRY_MS;
    this.#tellThatItWorks();
  }

  #tellThatItWorks(): void {
    if (this.#told === null) return;
    this.#told = null;
    this.#log.info(`--${this.#opener.name} works again`, { event: "auxiliary", what: this.#opener.name });
  }

  #after(ms: number, call: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(call, ms);
    // A pending attempt does not keep the process alive.
    this.#timer.unref();
  }
}
