/** Environment variables that the service manager sets for a process with a watchdog. */
export interface WatchdogEnvironment {
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** Messages to the watchdog in its period: it acts only after several were missed. */
const FEEDS_A_PERIOD = 3;

/**
 * Reports the daemon's state to the service manager (sd_notify(3)). The watchdog messages are sent when the native
 * worker answers, not by a timer, so that the service manager notices a worker that hangs.
 */
export class ServiceManager {
  readonly #notify: (state: string) => boolean;
  readonly #nowUs: () => number;
  readonly #feedEveryUs: number;
  #fedUs: number;
  #status = "";
  /** READY=1 could not be sent, because the manager's queue was full. */
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

  /** The daemon is ready, at the start or after `reloading`. */
  ready(): void {
    this.#isReadyDue = !this.#notify("READY=1");
  }

  /** Sends a line of text; only when it changes. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#notify(`STATUS=${text}`);
  }

  /** The native worker has answered. */
  alive(): void {
    if (this.#isReadyDue) this.ready();
    const nowUs = this.#nowUs();
    if (nowUs - this.#fedUs < this.#feedEveryUs) return;
    if (this.#notify("WATCHDOG=1")) this.#fedUs = nowUs;
  }

  /** Announces that settings are being read again; `ready` ends it. */
  reloading(): void {
    this.#notify(`RELOADING=1\nMONOTONIC_USEC=${this.#nowUs()}`);
  }

  stopping(): void {
    this.#notify("STOPPING=1");
  }
}
