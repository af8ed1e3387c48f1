import { checkCount } from "../checks.ts";
import type { DriverMachine } from "../kernel-driver.ts";
import { PageSize } from "../page-size.ts";
import { LARGE_PAGE_FRAMES } from "../ports.ts";
import { Capability, Command, Status } from "../protocol.ts";
import { KernelRequest, Life } from "../requests.ts";
import type { Pages, Ticks } from "../units.ts";
import { Core } from "./core.ts";
import { Deflation } from "./deflation.ts";
import { Inflation } from "./inflation.ts";
import type { VmwBalloonParams } from "./params.ts";
import { Reset } from "./reset.ts";
import { Phase, type Position, type VmwBalloonState } from "./state.ts";

const U32_MAX = 0xffff_ffff;

/**
 * The policy of drivers/misc/vmw_balloon.c (Linux 5.x and 6.x, of 64 bits) as a state machine: `cycle` and `exit` begin a
 * piece of work and return the first request, `step` takes its answer and returns the next one, `KernelRequest.None` at the
 * end. The machine never blocks and calls no other code. Rounds of allocations, batches and their statuses are those of the
 * driver's loops, one request each. `Reset`, `Inflation` and `Deflation` are the parts of its work.
 */
export class VmwBalloonMachine implements DriverMachine {
  readonly state: VmwBalloonState;
  readonly #core: Core;
  readonly #reset: Reset;
  readonly #inflation: Inflation;
  readonly #deflation: Deflation;

  constructor(params: VmwBalloonParams, hz: number) {
    this.#core = new Core(params, hz);
    this.state = this.#core.state;
    this.#reset = new Reset(this.#core);
    this.#inflation = new Inflation(this.#core);
    this.#deflation = new Deflation(this.#core);
  }

  /** The current tick: the owner sets it before each call, for the delay after a shrinking. */
  get now(): Ticks {
    return this.#core.now;
  }
  set now(ticks: Ticks) {
    this.#core.now = ticks;
  }

  /** Pages in the balloon. */
  get size(): Pages {
    return this.#core.size;
  }

  /** Loading sends nothing: the first cycle begins with a reset, which sends START. */
  load(): void {
    this.#core.load();
    this.state.resetRequired = 1;
  }

  /**
   * The state of a driver that was loaded before, when the host granted `capabilities`; pages of 2 MiB have come first into
   * the balloon. A START and a GUEST_ID are counted, its other work is not.
   */
  resume(size: Pages, capabilities: number): void {
    const s = this.state;
    s.life = Life.Loaded;
    s.start = 1;
    s.reset = 1;
    s.guestType = 1;
    this.#reset.grant(capabilities);
    s.large = s.maxPageSize === PageSize.Large ? Math.floor(size / LARGE_PAGE_FRAMES) : 0;
    s.small = size - s.large * LARGE_PAGE_FRAMES;
    s.target = size;
    s.resumed = size;
  }

  /**
   * Begins a work cycle: with a reset if one is pending.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  cycle(): number {
    this.#core.checkIdle("cycle");
    return this.state.resetRequired === 1 ? this.#reset.begin() : this.#core.askTarget();
  }

  /**
   * Unloads the driver: takes the doorbell back, sends START without capabilities, frees all pages without UNLOCK.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  exit(): number {
    this.#core.checkIdle("exit");
    this.state.life = Life.Exiting;
    return this.#reset.begin();
  }

  /**
   * Whether the shrinker may interrupt: there are pages, and no reset, which has the driver's configuration for itself.
   */
  get canShrink(): boolean {
    const { phase, life } = this.state;
    return life === Life.Loaded && (phase === Phase.Idle || phase >= Phase.TotalPages);
  }

  /**
   * Begins a deflation by `goal` frames (at least 1) for the shrinker, also in the middle of a cycle: the owner saves the
   * position before and restores it afterwards (`Position`).
   */
  shrink(goal: Pages): number {
    return this.#deflation.beginShrink(goal);
  }

  /** Ends such a deflation by which the balloon has lost `frames` frames. */
  shrunk(frames: Pages, position: Readonly<Position>): void {
    const { state: s, now, hz, params } = this.#core;
    this.#deflation.endShrink();
    Object.assign(s, position);
    s.shrinkFree += frames;
    s.shrinkUntil = now + hz * params.shrinkDelay;
  }

  /** Whether further cycles would only receive a target for which nothing is to be done. */
  get isSteady(): boolean {
    const s = this.state;
    if (s.life !== Life.Loaded || s.phase !== Phase.Idle || s.resetRequired === 1 || s.isRung === 1) return false;
    // Without inflation only until `shrinkUntil` the driver is not at rest.
    return this.#core.change === 0 && s.target <= this.size;
  }

  /** Accounts for `cycles` such cycles. @throws {RangeError} unless `isSteady`, and `cycles` is a whole number from 0 */
  skip(cycles: number): void {
    if (!this.isSteady || !Number.isSafeInteger(cycles) || cycles < 0) {
      throw new RangeError(`skip: can't skip ${cycles} cycles now`);
    }
    this.state.timer += cycles;
    this.state.getTarget += cycles;
  }

  /**
   * Takes the answer to the pending request and returns the next request.
   * @throws {RangeError} if no request is pending, or if this can't be its answer; the state is then unchanged
   * @throws {DriverFault} if the driver would loop for ever
   */
  step(first: number, second: number, _unfit: number, fourth: number): number {
    switch (this.state.phase) {
      case Phase.Unset:
        return this.#reset.unset(first);
      case Phase.ExitStart:
        return this.#reset.exitStarted(first);
      case Phase.Pop:
        return this.#reset.popped();
      case Phase.Start:
        return this.#reset.started(first, second);
      case Phase.DoorbellOn:
        return this.#reset.doorbellOn(first);
      case Phase.DoorbellOff:
        return this.#reset.doorbellOff(first);
      case Phase.GuestId:
        return this.#reset.named(first);

      case Phase.TotalPages:
        return this.#limited(first);
      case Phase.GetTarget:
        return this.#aimed(first, second);

      case Phase.Take:
        return this.#inflation.taken(first, second);
      case Phase.Lock:
        return this.#inflation.locked(first, second, fourth);
      case Phase.Split:
        return this.#inflation.split();
      case Phase.FreeRest:
        return this.#inflation.restFreed();

      case Phase.Unlock:
        return this.#deflation.unlocked(first, second, fourth);
      case Phase.FreeUnlocked:
        return this.#deflation.released();

      default:
        throw new RangeError("step: no request is waiting for an answer");
    }
  }

  /** GET_TARGET has a limit: the guest's RAM. */
  #limited(totalPages: Pages): number {
    checkCount("total pages", totalPages, Number.MAX_SAFE_INTEGER);
    // The limit does not fit: no command.
    if (totalPages > U32_MAX && (this.state.capabilities & Capability.Target64) === 0) return this.#core.end();
    return this.#core.ask(Phase.GetTarget, KernelRequest.GetTarget, 0, totalPages);
  }

  #aimed(status: number, target: Pages): number {
    const core = this.#core;
    core.answered(Command.GetTarget, status, target);
    if (status !== Status.Success) return core.end();
    if (core.change > 0) return this.#inflation.begin();
    if (core.change < 0) return this.#deflation.begin();
    core.state.goal = 0;
    return core.end();
  }
}
