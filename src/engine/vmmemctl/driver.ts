import type { Clock, Hypervisor, PageAllocator, Reply } from "../ports.ts";
import { roundTicksRelative } from "../timer.ts";
import { dispatch } from "./dispatch.ts";
import type { Engine } from "./engine.ts";
import { Life, Request } from "./request.ts";

/** Notifications of a driver to its owner. All are called when the work is done and the engine is idle. */
export interface DriverEvents {
  /** The driver has been loaded, or the host refused it: see `engine.state.life`. */
  loaded?(): void;
  /** A cycle is about to begin. */
  cycleBegins?(): void;
  /** A cycle has ended; the next one is not scheduled yet. */
  cycleEnds?(): void;
  /** The driver has been unloaded. */
  exited?(): void;
}

/**
 * Runs an engine against its ports: passes each request to the port that answers it, and the answer back. Answers that
 * come at once are processed in a loop, not by recursion. The driver's own state is whether an exit was requested;
 * pending work is in the engine.
 */
export class Driver {
  readonly engine: Engine;
  readonly #allocator: PageAllocator;
  readonly #hypervisor: Hypervisor;
  readonly #clock: Clock;
  readonly #cpu: number;
  readonly #events: DriverEvents;
  readonly #reply: Reply;
  readonly #wake: () => void;
  #first = 0;
  #second = 0;
  #answered = false;
  #working = false;
  #exitWanted = false;

  /**
   * @param cpu processor on which the driver's timer runs; the kernel skews its whole seconds by three ticks for each
   */
  constructor(
    engine: Engine,
    ports: { allocator: PageAllocator; hypervisor: Hypervisor; clock: Clock },
    events: DriverEvents = {},
    cpu = 0,
  ) {
    this.engine = engine;
    this.#allocator = ports.allocator;
    this.#hypervisor = ports.hypervisor;
    this.#clock = ports.clock;
    this.#cpu = cpu;
    this.#events = events;
    this.#reply = (first, second) => this.answer(first, second);
    this.#wake = () => this.cycle();
  }

  /** Loads the driver; its first cycle follows in the same tick. */
  load(): void {
    this.#work(this.engine.load());
  }

  /** Runs a work cycle now. Does nothing after `exit`. */
  cycle(): void {
    if (this.#exitWanted) return;
    this.#events.cycleBegins?.();
    // The listener may have unloaded the driver.
    if (this.#exitWanted) return;
    this.#work(this.engine.cycle());
  }

  /** Unloads the driver: at once, or at the end of the current cycle. */
  exit(): void {
    if (this.#exitWanted || this.engine.state.life !== Life.Loaded) return;
    this.#exitWanted = true;
    if (this.engine.state.request === Request.None) this.#work(this.engine.exit());
  }

  /** The tick at which the next cycle begins if the current one ends now. */
  nextCycleTick(): number {
    const now = this.#clock.ticks();
    return now + roundTicksRelative(this.#clock.hz, now, this.#clock.hz, this.#cpu);
  }

  /**
   * Passes the answer to the pending request; the same as `reply`, for owners that keep answers as data.
   * @throws {RangeError} if no request is pending, if it was answered before, or if this can't be its answer; the
   * request then stays pending
   */
  answer(first: number, second: number): void {
    if (this.engine.state.request === Request.None) throw new RangeError("no request is waiting for an answer");
    if (this.#answered) throw new RangeError("a request was answered twice");
    this.#first = first;
    this.#second = second;
    this.#answered = true;
    if (!this.#working) this.#work(this.engine.state.request);
  }

  #work(request: number): void {
    const lifeBefore = this.engine.state.life;
    let next = request;
    // If the answer came later, the request is already pending at the first turn.
    let out = this.#answered;
    this.#working = true;
    try {
      while (next !== Request.None) {
        if (!out) dispatch(this.engine.state, this.#allocator, this.#hypervisor, this.#reply);
        out = false;
        if (!this.#answered) return;
        this.#answered = false;
        next = this.engine.step(this.#first, this.#second);
      }
    } finally {
      this.#working = false;
      this.#answered = false;
    }
    this.#done(lifeBefore);
  }

  #done(lifeBefore: number): void {
    const { state } = this.engine;
    if (state.life === Life.Exited) {
      this.#events.exited?.();
    } else if (lifeBefore === Life.Unloaded) {
      this.#events.loaded?.();
      if (state.life === Life.Loaded) this.cycle();
    } else {
      this.#events.cycleEnds?.();
      // The listener may have unloaded the driver: then it is no longer idle, or no longer loaded.
      if (state.life !== Life.Loaded || state.request !== Request.None) return;
      if (this.#exitWanted) this.#work(this.engine.exit());
      else this.#clock.wakeAt(this.nextCycleTick(), this.#wake);
    }
  }
}
