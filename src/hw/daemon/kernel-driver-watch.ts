import type { Log } from "../log/log.ts";

const LOADED = "the kernel's own driver vmw_balloon was loaded: both answer the host";
const REMEDY = "stop balloon-hw, or restart the machine";

/** What the watch needs. */
export interface KernelDriverWatchParts {
  /** Whether the kernel's own driver is loaded. */
  readonly look: () => boolean;
  /** Whether the settings allow the driver beside the daemon: the watch then does nothing but look. */
  readonly isAllowed: boolean;
  readonly log: Log;
  /** The driver is no longer loaded. The host has forgotten this balloon: it must be told anew. */
  gone(): void;
}

/**
 * Notices the kernel's own driver when it is loaded while the daemon runs. Both then answer the same host, and the host
 * forgets the pages of the one when the other sends START, which the driver does when it is loaded and when it is
 * unloaded.
 */
export class KernelDriverWatch {
  readonly #parts: KernelDriverWatchParts;
  #isLoaded = false;

  constructor(parts: KernelDriverWatchParts) {
    this.#parts = parts;
  }

  /** Whether the driver was loaded at the last look. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Looks, and says whether the daemon may send START: it would make the host forget the pages of a driver that is loaded. */
  mayStart(): boolean {
    this.note();
    return this.unhealthyReason === null;
  }

  /** Why the daemon is unhealthy, as a line of text; null: the driver is no reason. */
  get unhealthyReason(): string | null {
    return this.#isLoaded && !this.#parts.isAllowed ? `${LOADED}; ${REMEDY}` : null;
  }

  /** Looks. Called each cycle: a driver that is loaded only for a moment has made the host forget this balloon, too. */
  note(): void {
    const wasLoaded = this.#isLoaded;
    this.#isLoaded = this.#parts.look();
    if (this.#isLoaded === wasLoaded || this.#parts.isAllowed) return;
    const { log } = this.#parts;
    const event = "kernel_driver";
    if (this.#isLoaded) {
      log.warn(
        `${LOADED}, and the host has forgotten the pages of this balloon; ${REMEDY} ("A driver that is loaded meanwhile" in docs/balloon-hw.md)`,
        { event, phase: "begins" },
      );
    } else {
      log.info(
        "the kernel's own driver vmw_balloon is no longer loaded: the daemon sends START, frees its pages, and begins with an empty balloon",
        { event, phase: "ends" },
      );
      this.#parts.gone();
    }
  }
}
