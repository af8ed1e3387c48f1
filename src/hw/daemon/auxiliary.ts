import type { Log } from "../log/log.ts";

/** What a daemon has beside its balloon: it may fail at any time, and the balloon goes on. */
export type AuxiliaryName = "socket" | "metrics" | "record" | "cycles";

/** How it stands with one of these. */
export interface AuxiliaryState {
  readonly name: AuxiliaryName;
  /** Why it does not work; null where it does. */
  readonly failure: string | null;
  /** How often it has failed, attempts to bring it back included. */
  readonly failures: number;
}

/** The first attempt to bring something back comes after a second; each next one after twice the time, */
const FIRST_RETRY_MS = 1000;
/** up to a minute. */
const LAST_RETRY_MS = 60_000;

/** How something is opened and closed. */
export interface Opener<T> {
  readonly name: AuxiliaryName;
  open(): T | Promise<T>;
  close(value: T): unknown;
}

/**
 * Something that is kept open as well as can be: what does not open, or fails later, is tried again for as long as the daemon
 * runs, ever less often. The log says when it fails and when it works again.
 */
export class Auxiliary<T> {
  readonly #opener: Opener<T>;
  readonly #log: Log;
  #value: T | null = null;
  #failure: string | null = null;
  #failures = 0;
  #delayMs = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;

  constructor(opener: Opener<T>, log: Log) {
    this.#opener = opener;
    this.#log = log;
  }

  /** What is open; null while it is not. */
  get value(): T | null {
    return this.#value;
  }

  get state(): AuxiliaryState {
    return { name: this.#opener.name, failure: this.#failure, failures: this.#failures };
  }

  /** Tries to open it. */
  async open(): Promise<void> {
    try {
      const value = await this.#opener.open();
      if (this.#isEnded) {
        await this.#opener.close(value);
        return;
      }
      this.#value = value;
      this.#delayMs = FIRST_RETRY_MS;
      if (this.#failure !== null) {
        this.#log.info(`--${this.#opener.name} works again`, { event: "auxiliary", what: this.#opener.name });
      }
      this.#failure = null;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** It does not work any more: it is closed, and tried again later. */
  lost(error: unknown): void {
    const value = this.#value;
    if (value === null || this.#isEnded) return;
    this.#value = null;
    // What is broken may refuse to be closed, too.
    void (async () => this.#opener.close(value))().catch(() => {});
    this.#failed(error);
  }

  /** Closes it for good. */
  async end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    const value = this.#value;
    this.#value = null;
    if (value !== null) await this.#opener.close(value);
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#failures++;
    if (this.#failure !== message && !this.#isEnded) {
      this.#log.warn(`${message}: the balloon goes on without it, and it is tried again`, {
        event: "auxiliary",
        what: this.#opener.name,
      });
    }
    this.#failure = message;
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => void this.open(), this.#delayMs);
    // What is left undone keeps no daemon from ending.
    this.#timer.unref();
    this.#delayMs = Math.min(2 * this.#delayMs, LAST_RETRY_MS);
  }
}
