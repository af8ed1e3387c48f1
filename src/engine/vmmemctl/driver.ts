import type { Clock, Hypervisor, PageAllocator, Reply } from "../ports.ts";
import { dispatch } from "./dispatch.ts";
import type { Engine } from "./engine.ts";
import { Life, Request } from "./request.ts";
import { roundTicksRelative } from "./timer.ts";

/** What the owner of a driver wants to hear. All are called when the work is done and the engine at rest. */
export interface DriverEvents {
  /** The driver has been loaded, or the host did not let it: `engine.state.life` says which. */
  loaded?(): void;
  /** A cycle is about to begin. */
  cycleBegins?(): void;
  /** A cycle has ended; the next one is not scheduled yet. */
  cycleEnds?(): void;
  /** The driver has been unloaded. */
  exited?(): void;
}

/**
 * Runs an engine against its ports: carries each request to the port that answers it, and the answer back. Answers that
 * come at once are worked off in a loop, not by recursion. Its own state is whether an exit was asked for; what is
 * pending is in the engine.
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

  /** @param cpu processor that the driver's timer runs on; the kernel skews its whole seconds by three ticks for each */
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

  /** Runs a work cycle now. Does nothing once an exit was asked for. */
  cycle(): void {
    if (this.#exitWanted) return;
    this.#events.cycleBegins?.();
    // The listener may have unloaded the driver.
    if (this.#exitWanted) return;
    this.#work(this.engine.cycle());
  }

  /** Unloads the driver: at once, or when the cycle that runs has ended. */
  exit(): void {
    if (this.#exitWanted || this.engine.state.life !== Life.Loaded) return;
    this.#exitWanted = true;
    if (this.engine.state.request === Request.None) this.#work(this.engine.exit());
  }

  /** The tick in which the cycle after one that ends now begins. */
  nextCycleTick(): number {
    const now = this.#clock.ticks();
    return now + roundTicksRelative(this.#clock.hz, now, this.#clock.hz, this.#cpu);
  }

  /**
   * Takes the answer to the request that is out: what `reply` does, for owners that keep answers as data.
   * @throws {RangeError} if no request is out, it was answered before, or this can't be its answer; it is then still out
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
    // On the first turn of an answer that came later, the request is out already.
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
