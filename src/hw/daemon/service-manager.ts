/** Environment variables that the service manager sets for a process that it watches. */
export interface WatchdogEnvironment {
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** How often in its period the watchdog is fed: it bites only after several chances were missed. */
const FEEDS_A_PERIOD = 3;

/**
 * Tells the service manager how the daemon stands (sd_notify(3)). The watchdog is fed by what the native worker answers,
 * not by a timer, so that a worker that hangs is noticed.
 */
export class ServiceManager {
  readonly #notify: (state: string) => boolean;
  readonly #nowUs: () => number;
  readonly #feedEveryUs: number;
  #fedUs: number;
  #status = "";
  /** A manager whose queue was full has not heard that the daemon is ready. */
  #isReadyDue = false;

  /**
   * @param notify sends a message to the service manager
   * @param nowUs microseconds of CLOCK_MONOTONIC
   * @param pid of this process
   */
  constructor(
    notify: (state: string) => boolean,
    nowUs: () => number,
    environment: WatchdogEnvironment,
    pid = process.pid,
  ) {
    this.#notify = notify;
    this.#nowUs = nowUs;
    const periodUs = Number(environment.WATCHDOG_USEC ?? 0);
    const isForUs = environment.WATCHDOG_PID === undefined || Number(environment.WATCHDOG_PID) === pid;
    this.#feedEveryUs = periodUs > 0 && isForUs ? periodUs / FEEDS_A_PERIOD : Number.POSITIVE_INFINITY;
    this.#fedUs = nowUs();
  }

  /** Everything is set up, or set up again after `reloading`. */
  ready(): void {
    this.#isReadyDue = !this.#notify("READY=1");
  }

  /** A line for people; sent only when it changes. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#notify(`STATUS=${text}`);
  }

  /** The daemon has got something done. */
  alive(): void {
    if (this.#isReadyDue) this.ready();
    const nowUs = this.#nowUs();
    if (nowUs - this.#fedUs < this.#feedEveryUs) return;
    if (this.#notify("WATCHDOG=1")) this.#fedUs = nowUs;
  }

  /** Settings are being read again; `ready` ends it. */
  reloading(): void {
    this.#notify(`RELOADING=1\nMONOTONIC_USEC=${this.#nowUs()}`);
  }

  stopping(): void {
    this.#notify("STOPPING=1");
  }
}
