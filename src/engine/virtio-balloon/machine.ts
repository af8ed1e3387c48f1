import { checkAllocation, checkTarget } from "../checks.ts";
import { type DriverMachine, PhaseMachine } from "../kernel-driver.ts";
import { Allocation, Custody } from "../ports.ts";
import { KernelRequest, Life } from "../requests.ts";
import type { Pages } from "../units.ts";
import type { VirtioBalloonParams } from "./params.ts";
import { createState, Phase, type Position, type VirtioBalloonState } from "./state.ts";

/** `num_pages` of the device's configuration has 32 bits. */
const U32_MAX = 0xffff_ffff;

/**
 * The policy of drivers/virtio/virtio_balloon.c (Linux 6.1 and 6.12) as a state machine: `cycle`, `exit` and `leakForOom` begin a
 * piece of work and return the first request, `step` takes its answer and returns the next one, `KernelRequest.None` at the
 * end. A round is one run of the driver's work item: it reads the target, moves the pages of one message, and writes the
 * balloon's size. A cycle is the rounds that follow each other at once: up to the target, or to an allocation that failed.
 */
export class VirtioBalloonMachine extends PhaseMachine<VirtioBalloonState> implements DriverMachine {
  readonly state = createState();
  /** There are no cycles but those that have something to do. */
  readonly isSteady = false;
  readonly #params: VirtioBalloonParams;

  constructor(params: VirtioBalloonParams) {
    super();
    this.#params = params;
  }

  /** The state of a driver that was loaded before. */
  resume(size: Pages): void {
    const s = this.state;
    s.life = Life.Loaded;
    s.size = size;
    s.target = size;
    s.resumed = size;
  }

  /**
   * Begins a work cycle.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  cycle(): number {
    this.checkIdle("cycle");
    this.state.cycles++;
    return this.#read();
  }

  /**
   * Unloads the driver: gives all pages back, by messages.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  exit(): number {
    this.checkIdle("exit");
    this.state.life = Life.Exiting;
    return this.#leakRest();
  }

  skip(cycles: number): void {
    if (cycles !== 0) throw new RangeError(`skip: can't skip ${cycles} cycles: this driver has no idle ones`);
  }

  /** Begins a release for the OOM killer, also in the middle of a cycle: the owner restores the position afterwards. */
  leakForOom(): number {
    const s = this.state;
    s.oomCalls++;
    s.isOom = 1;
    return this.#leak(this.#params.oomPages);
  }

  /** Ends such a release of `pages` pages. */
  leaked(pages: Pages, position: Readonly<Position>): void {
    Object.assign(this.state, position);
    this.state.oomFreed += pages;
  }

  /**
   * Takes the answer to the pending request and returns the next request.
   * @throws {RangeError} if no request is pending, or if this can't be its answer; the state is then unchanged
   */
  step(first: number, second: number): number {
    const s = this.state;
    switch (s.phase) {
      case Phase.ReadTarget:
        return this.#aimed(first);
      case Phase.Take:
        return this.#taken(first, second);
      case Phase.Sleep:
        return this.#tellInflate();
      case Phase.TellInflate:
        return this.#writeActual();
      case Phase.TellDeflate:
        return this.ask(Phase.Free, KernelRequest.Free, s.pages, Custody.Unlocked);
      case Phase.Free:
        s.freed += s.pages;
        return s.life === Life.Exiting && s.isOom === 0 ? this.#leakRest() : this.#writeActual();
      case Phase.WriteActual:
        return this.#written();
      default:
        throw new RangeError("step: no request is waiting for an answer");
    }
  }

  #read(): number {
    return this.ask(Phase.ReadTarget, KernelRequest.ReadTarget, 0, 0);
  }

  #aimed(target: Pages): number {
    checkTarget(target);
    const s = this.state;
    s.reads++;
    s.target = Math.min(target, U32_MAX);
    s.difference = s.target - s.size;
    s.pages = 0;
    s.isShort = 0;
    if (s.difference === 0) return this.end();
    return s.difference > 0 ? this.#take() : this.#leak(-s.difference);
  }

  // --- a fill: allocations, then one message

  #take(): number {
    const s = this.state;
    const missing = Math.min(s.difference, this.#params.messagePages) - s.pages;
    if (missing === 0) return this.#tellInflate();
    return this.ask(Phase.Take, KernelRequest.Take, missing, Allocation.OneRound);
  }

  #taken(got: number, failed: number): number {
    const s = this.state;
    checkAllocation(got, failed, s.count);
    s.pages += got;
    s.allocated += got;
    if (failed === 0) return this.#take();
    s.isShort = 1;
    s.allocationFailures++;
    // It sleeps before it tells the host of the pages that it has.
    return this.ask(Phase.Sleep, KernelRequest.Sleep, 0, this.#params.retryDelay);
  }

  #tellInflate(): number {
    const s = this.state;
    if (s.pages === 0) return this.#writeActual();
    s.size += s.pages;
    s.locked += s.pages;
    s.inflateMessages++;
    return this.ask(Phase.TellInflate, KernelRequest.Tell, s.pages, 1);
  }

  // --- a leak: one message, then the pages are freed, whatever the device says about the order

  /** Releases up to `most` pages, no more than a message has. */
  #leak(most: Pages): number {
    const s = this.state;
    s.pages = Math.min(most, this.#params.messagePages, s.size);
    s.size -= s.pages;
    s.unlocked += s.pages;
    s.deflateMessages++;
    return this.ask(Phase.TellDeflate, KernelRequest.Tell, s.pages, 0);
  }

  #leakRest(): number {
    const s = this.state;
    if (s.size > 0) return this.#leak(s.size);
    s.life = Life.Exited;
    // The size in the configuration is 0 from now on.
    return this.#writeActual();
  }

  #writeActual(): number {
    return this.ask(Phase.WriteActual, KernelRequest.WriteActual, this.state.size, 0);
  }

  #written(): number {
    const s = this.state;
    if (s.isOom === 1 || s.life !== Life.Loaded) return this.end();
    const moved = s.difference > 0 ? s.pages : -s.pages;
    if (moved === s.difference) return this.end();
    if (s.isShort === 0) return this.#read();
    // The next round begins as a cycle of its own: so a target out of reach makes cycles that end.
    s.isQueued = 1;
    return this.end();
  }
}
