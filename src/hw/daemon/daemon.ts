import { type Clock, Driver, Engine, Life, PROTOCOL_VERSION, type Rates, Request, Status } from "../../engine/index.ts";
import { nativeFailure } from "../exit-codes.ts";
import type { NativeFailure, NativeWorker } from "../native/addon.ts";
import type { HostCommand, HostStatuses } from "../ports/host-statuses.ts";
import { type Steered, WorkerPorts } from "../ports/worker-ports.ts";
import type { MonotonicClock } from "../time/monotonic-clock.ts";
import type { CycleReport, DaemonPhase, Limits } from "../view/types.ts";

/** Notifications of a daemon to its owner. */
export interface DaemonEvents {
  /** The native worker has answered. */
  alive(): void;
  /** The machine's present RAM, in pages. Called each cycle. */
  memory(pages: number): void;
  /** The host has accepted START and GUEST_ID. */
  loaded(): void;
  /** The host has refused this one of them; the daemon tries again at the next whole second. */
  loadFailed(command: "start" | "guest_id"): void;
  cycleEnded(report: CycleReport): void;
}

/** The parts of a daemon's driver. */
export interface DaemonParts {
  readonly worker: NativeWorker;
  readonly clock: MonotonicClock;
  readonly rates: Rates;
  /** Capabilities that START asks for (`Capability`). */
  readonly capabilities: number;
  /** Changes the host's target for the policy; absent: the policy follows the host. */
  readonly steered?: Steered;
  /**
   * Whether START may be sent now, asked before each attempt to load the driver or to renew the balloon; if not, it is asked again
   * at the next whole second. Absent: always.
   */
  readonly mayStart?: () => boolean;
}

/**
 * The driver on a real machine: loads the policy, trying each second until the host accepts it, runs its cycles on the
 * real clock and its requests on the native worker, and at the end sends START before it frees memory.
 */
export class Daemon {
  readonly engine: Engine;
  #driver: Driver;
  readonly #worker: NativeWorker;
  readonly #ports: WorkerPorts;
  readonly #clock: MonotonicClock;
  /** The driver's clock: no cycle begins any more once the driver is to be unloaded. */
  readonly #driverClock: Clock;
  readonly #events: DaemonEvents;
  readonly #mayStart: () => boolean;
  /** Resolves when all memory is freed; rejected if a failure has ended the daemon. */
  readonly finished: Promise<void>;
  #settle: (failure: Error | null) => void = () => {};
  #phase: DaemonPhase = "waiting";
  #isRenewing = false;
  #refused: Extract<HostCommand, "start" | "guest_id"> | null = null;
  /** GUEST_IDs that were sent when the driver was loaded last. */
  #guestIdsBefore = 0;
  #pendingRates: Rates | null = null;
  #cycleBeganUs = 0;
  #isHurried = false;
  #failure: Error | null = null;

  /** @throws {ParamError} if the rates are invalid */
  constructor(parts: DaemonParts, events: DaemonEvents) {
    this.#worker = parts.worker;
    this.#clock = parts.clock;
    this.#events = events;
    this.#mayStart = parts.mayStart ?? (() => true);
    this.engine = new Engine(parts.rates);
    this.finished = new Promise((resolve, reject) => {
      this.#settle = (failure) => (failure === null ? resolve() : reject(failure));
    });
    const ports = new WorkerPorts(
      parts.worker,
      {
        answered: () => events.alive(),
        memory: (pages) => events.memory(pages),
        failed: (failure) => this.#fail(failure),
      },
      parts.capabilities,
      parts.steered,
    );
    this.#ports = ports;
    this.#driverClock = {
      hz: this.#clock.hz,
      ticks: () => this.#clock.ticks(),
      wakeAt: (tick, wake) => {
        if (this.#phase === "running") this.#clock.wakeAt(tick, wake);
      },
    };
    this.#driver = this.#newDriver();
  }

  /** A driver over the engine; one that was unloaded can't be loaded again. */
  #newDriver(): Driver {
    return new Driver(
      this.engine,
      { allocator: this.#ports, hypervisor: this.#ports, clock: this.#driverClock },
      {
        loaded: () => this.#loaded(),
        cycleBegins: () => this.#cycleBegins(),
        cycleEnds: () => this.#cycleEnds(),
        exited: () => this.#exited(),
      },
    );
  }

  get phase(): DaemonPhase {
    return this.#phase;
  }

  /** Whether the daemon waits because of `renew`. */
  get isRenewing(): boolean {
    return this.#isRenewing;
  }

  /** The command that the host has refused since the daemon waits; null: none. */
  get refused(): Extract<HostCommand, "start" | "guest_id"> | null {
    return this.#refused;
  }

  /** The host's answers other than SUCCESS. */
  get statuses(): HostStatuses {
    return this.#ports.statuses;
  }

  /** Loads the driver. */
  begin(): void {
    this.#attempt(() => this.#load());
  }

  /**
   * Makes the host's book and the balloon agree where another driver's START has made the host forget this balloon: sends
   * START, each second until the host accepts it, then unloads the driver, which frees all pages, and loads it again. Called
   * between cycles only, such as in `cycleEnded`. Does nothing unless the daemon is running.
   *
   * Pages that were locked after the other driver's START are still in the host's book. That is why they are not freed before
   * the host has accepted START, as the reset of the policy would do, and its unload, where the host refuses START.
   */
  renew(): void {
    if (this.#phase !== "running") return;
    this.#phase = "waiting";
    this.#isRenewing = true;
    this.#clock.stop();
    this.#attempt(() => this.#startAnew());
  }

  /** Changes the rates from the next cycle on, and the limits from the next allocation on. */
  reload(rates: Rates, limits: Limits): void {
    this.#pendingRates = rates;
    this.setLimits(limits);
  }

  /** Changes the limits from the next allocation on. */
  setLimits({ floorPages, psiLimit }: Limits): void {
    this.#worker.setLimits(floorPages, psiLimit);
  }

  /** Begins a cycle now, or as soon as the present one ends, instead of at the next whole second. */
  hurry(): void {
    if (this.#phase !== "running") return;
    this.#isHurried = this.engine.state.request !== Request.None;
    if (this.#isHurried) return;
    this.#clock.stop();
    this.#driver.cycle();
  }

  /**
   * Sends START, then frees all memory. A cycle in progress is abandoned after the worker's current piece of work,
   * which takes some milliseconds. May be called again.
   */
  stop(): void {
    if (this.#phase === "stopping" || this.#phase === "closed") return;
    const { life, request } = this.engine.state;
    this.#phase = "stopping";
    this.#clock.stop();
    if (life === Life.Loaded) {
      if (request === Request.None) this.#driver.exit();
      else this.#abandon();
    }
    // A pending answer to START or GUEST_ID leads to `loaded`.
    else if (request === Request.None) this.#close();
  }

  /** Sends START by `send`, as soon as it may be sent. */
  #attempt(send: () => void): void {
    if (this.#mayStart()) {
      send();
      return;
    }
    // The worker's answer, which needs no command to the host, keeps the watchdog content.
    this.#ports.totalPages(() => {
      if (this.#phase === "waiting") this.#attemptLater(send);
    });
  }

  #attemptLater(send: () => void): void {
    this.#clock.wakeAt(this.#driver.nextCycleTick(), () => this.#attempt(send));
  }

  #load(): void {
    this.#guestIdsBefore = this.engine.state.guestType;
    this.#driver.load();
  }

  /** Sends START, until the host accepts it and has forgotten all pages, and then unloads the driver. */
  #startAnew(): void {
    this.#ports.start(PROTOCOL_VERSION, (status) => {
      if (this.#phase !== "waiting") return;
      if (status === Status.Success) {
        this.#refused = null;
        this.#driver.exit();
        return;
      }
      this.#loadFailed("start", () => this.#startAnew());
    });
  }

  #exited(): void {
    if (this.#phase !== "waiting") {
      this.#close();
      return;
    }
    this.#driver = this.#newDriver();
    this.engine.restore({ ...this.engine.state, life: Life.Unloaded });
    this.#attempt(() => this.#load());
  }

  #loadFailed(command: "start" | "guest_id", again: () => void): void {
    this.#refused = command;
    this.#events.loadFailed(command);
    this.#attemptLater(again);
  }

  #loaded(): void {
    const isLoaded = this.engine.state.life === Life.Loaded;
    if (this.#phase === "stopping") {
      if (isLoaded) this.#driver.exit();
      else this.#close();
    } else if (isLoaded) {
      this.#phase = "running";
      this.#isRenewing = false;
      this.#refused = null;
      this.#events.loaded();
    } else {
      const refused = this.engine.state.guestType === this.#guestIdsBefore ? "start" : "guest_id";
      this.engine.restore({ ...this.engine.state, life: Life.Unloaded });
      this.#loadFailed(refused, () => this.#load());
    }
  }

  #cycleBegins(): void {
    this.#cycleBeganUs = this.#clock.microseconds();
    if (this.#pendingRates === null) return;
    this.engine.setRates(this.#pendingRates);
    this.#pendingRates = null;
  }

  #cycleEnds(): void {
    const endUs = this.#clock.microseconds();
    const durationUs = endUs - this.#cycleBeganUs;
    this.#events.cycleEnded({
      hostTarget: this.#ports.hostTarget,
      state: this.engine.state,
      counters: this.#worker.counters(),
      statuses: this.#ports.statuses,
      endUs,
      durationUs,
      lostSeconds: Math.floor(durationUs / 1e6 + 0.75),
    });
    // When the driver has set its timer.
    if (this.#isHurried) queueMicrotask(() => this.hurry());
  }

  /** A request has failed, so the driver can't continue. */
  #fail(failure: NativeFailure | Error): void {
    if (this.#failure !== null || this.#phase === "closed") return;
    this.#failure = failure instanceof Error ? failure : nativeFailure(failure);
    this.#phase = "stopping";
    this.#clock.stop();
    this.#abandon();
  }

  /** Leaves the driver in mid-cycle. Sends START in any case, and then frees the worker's pages. */
  #abandon(): void {
    this.#ports.halt();
    this.#worker.start(PROTOCOL_VERSION, () => this.#release());
  }

  /** Frees all pages of the worker, in pieces, so that the watchdog sees progress. */
  #release(): void {
    this.#events.alive();
    this.#worker.release((failure, left) => {
      if (failure === null && left > 0) this.#release();
      else this.#close();
    });
  }

  #close(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#clock.stop();
    this.#worker.close((failure) => {
      this.#settle(this.#failure ?? (failure === null ? null : nativeFailure(failure)));
    });
  }
}
