import { checkAllocation, checkCount, checkRefusal, checkStatus, checkTarget, DriverFault } from "../checks.ts";
import { Custody } from "../ports.ts";
import { FRAME_TOO_LARGE, GUEST_ID_LINUX, PROTOCOL_VERSION, Status } from "../protocol.ts";
import type { Pages } from "../units.ts";
import { RATE_FIELDS, type Rates, validateRates } from "./rates.ts";
import { Life, Phase, Request } from "./request.ts";
import { createState, type EngineState } from "./state.ts";

const U32_MAX = 0xffff_ffff;

/**
 * The policy of VMware's Linux balloon driver 1.2.1.2-k as a state machine: `load`, `cycle` and `exit` begin a piece of
 * work and return the first request, `step` takes its answer and returns the next one, `Request.None` at the end. The
 * engine never blocks, calls no other code and allocates nothing; the caller decides how long an answer takes.
 *
 * Pages travel in runs, and still every counter has the value that the driver's page-by-page loops give it. To that end
 * the engine counts a page only when the driver's loop would reach it: pages allocated ahead (`spare`) and a failure
 * known ahead (`failAhead`) count when their turn comes, and are freed uncounted if the cycle ends before.
 */
export class Engine {
  /** The whole state. Callers may read it, and change it only through the methods. */
  readonly state: EngineState;

  /** @throws {ParamError} if the rates are invalid */
  constructor(rates: Rates) {
    validateRates(rates);
    this.state = createState(rates);
  }

  /** The constants in force. */
  get rates(): Rates {
    const rates: Partial<Record<keyof Rates, number>> = {};
    for (const { key } of RATE_FIELDS) rates[key] = this.state[key];
    return rates as Rates;
  }

  /**
   * Changes the constants; the current rates are clamped into their new bounds when the next cycle begins.
   * @throws {ParamError} if the rates are invalid; the old ones then stay
   */
  setRates(rates: Rates): void {
    validateRates(rates);
    for (const { key } of RATE_FIELDS) this.state[key] = rates[key];
    this.state.clampPending = 1;
  }

  /** A copy of the whole state, for `restore`. */
  snapshot(): EngineState {
    return { ...this.state };
  }

  /** Restores a state that `snapshot` returned, also one from the middle of a cycle. */
  restore(snapshot: Readonly<EngineState>): void {
    Object.assign(this.state, snapshot);
  }

  /**
   * Loads the driver: START, then GUEST_ID. Afterwards `state.life` says whether the host accepted both.
   * @throws {RangeError} if it was loaded before
   */
  load(): number {
    const s = this.state;
    if (s.phase !== Phase.Idle || s.life !== Life.Unloaded) throw new RangeError("load: the driver was loaded before");
    return this.#sendStart(Phase.LoadStart);
  }

  /**
   * Begins a work cycle.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  cycle(): number {
    const s = this.state;
    if (s.phase !== Phase.Idle || s.life !== Life.Loaded)
      throw new RangeError("cycle: the driver is not loaded, or busy");
    s.timer = (s.timer + 1) >>> 0;
    if (s.clampPending === 1) {
      s.rateAlloc = Math.min(Math.max(s.rateAlloc, s.allocMin), s.allocMax);
      s.rateFree = Math.min(Math.max(s.rateFree, s.freeMin), s.freeMax);
      s.clampPending = 0;
    }
    if (s.resetRequired === 0) return this.#askTotalPages();
    return s.size > 0 ? this.#pop(Phase.ResetPop) : this.#sendStart(Phase.ResetStart);
  }

  /**
   * Unloads the driver: sends START, then frees all pages without UNLOCK.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  exit(): number {
    const s = this.state;
    if (s.phase !== Phase.Idle || s.life !== Life.Loaded)
      throw new RangeError("exit: the driver is not loaded, or busy");
    return this.#sendStart(Phase.ExitStart);
  }

  /** Whether `skip` may be used: the driver is idle and at its target, and the next cycle has no pending work. */
  get canSkip(): boolean {
    const s = this.state;
    return (
      s.life === Life.Loaded &&
      s.phase === Phase.Idle &&
      s.size === s.target &&
      s.resetRequired === 0 &&
      s.clampPending === 0
    );
  }

  /**
   * Accounts for `n` cycles in which the host answers GET_TARGET with the present size of the balloon, in constant
   * time; the same as running them.
   * @throws {RangeError} unless `canSkip`, and n is a whole number from 0
   */
  skip(n: number): void {
    if (!this.canSkip || !Number.isSafeInteger(n) || n < 0) throw new RangeError(`skip: can't skip ${n} cycles now`);
    const s = this.state;
    s.timer = (s.timer + n) >>> 0;
    s.targetCount = (s.targetCount + n) >>> 0;
    s.slow = Math.max(0, s.slow - n);
  }

  /**
   * Takes the answer to the current request and returns the next request. `Request` documents what `first` and `second`
   * mean for each.
   * @returns the next request, `Request.None` at the end of the work
   * @throws {RangeError} if this can't be the answer to the current request, or if there is none; the state is
   * unchanged
   * @throws {DriverFault} if the reference driver would crash here: only if `allocInc` overflows 32 bits
   */
  step(first = 0, second = 0): number {
    const s = this.state;
    switch (s.phase) {
      case Phase.LoadStart:
        if (!this.#startAccepted(first)) return this.#end(Life.LoadFailed);
        return this.#ask(Phase.LoadGuestId, Request.GuestId, 0, GUEST_ID_LINUX);
      case Phase.LoadGuestId:
        return this.#end(this.#guestIdAccepted(first) ? Life.Loaded : Life.LoadFailed);

      case Phase.ResetPop:
        this.#popped();
        return this.#sendStart(Phase.ResetStart);
      case Phase.ResetStart:
        // If START fails, the reset stays pending, and the driver still asks for the target.
        if (!this.#startAccepted(first)) return this.#askTotalPages();
        s.resetRequired = 0;
        return this.#ask(Phase.ResetGuestId, Request.GuestId, 0, GUEST_ID_LINUX);
      case Phase.ResetGuestId:
        this.#guestIdAccepted(first);
        return this.#askTotalPages();

      case Phase.TotalPages:
        checkCount("total pages", first, Number.MAX_SAFE_INTEGER);
        // If the limit does not fit the protocol's 32 bits, the driver ends the cycle: no command, no count.
        if (first > U32_MAX) return this.#end(Life.Loaded);
        s.targetCount = (s.targetCount + 1) >>> 0;
        return this.#ask(Phase.GetTarget, Request.GetTarget, 0, first);
      case Phase.GetTarget:
        return this.#gotTarget(first, second);

      case Phase.Allocate:
        return this.#allocated(first, second);
      case Phase.Lock:
        return this.#locked(first, second);
      case Phase.FreeRest:
        s.refusedFree = (s.refusedFree + s.refused) >>> 0;
        s.refused = 0;
        s.rejected = 0;
        s.spare = 0;
        return this.#end(Life.Loaded);

      case Phase.Unlock:
        return this.#unlocked(first, second);
      case Phase.FreeUnlocked:
        return this.#end(Life.Loaded);

      case Phase.ExitStart:
        this.#startAccepted(first);
        return s.size > 0 ? this.#pop(Phase.ExitPop) : this.#end(Life.Exited);
      case Phase.ExitPop:
        this.#popped();
        return this.#end(Life.Exited);

      default:
        throw new RangeError("step: no request is waiting for an answer");
    }
  }

  #ask(phase: number, request: number, count: number, value: number): number {
    const s = this.state;
    s.phase = phase;
    s.request = request;
    s.count = count;
    s.value = value;
    return request;
  }

  #end(life: number): number {
    this.state.life = life;
    return this.#ask(Phase.Idle, Request.None, 0, 0);
  }

  // --- commands

  #sendStart(phase: number): number {
    this.state.start = (this.state.start + 1) >>> 0;
    return this.#ask(phase, Request.Start, 0, PROTOCOL_VERSION);
  }

  /**
   * RESET in the answer to START is a failure like any other: the driver checks for RESET only after other commands.
   */
  #startAccepted(status: number): boolean {
    checkStatus(status);
    if (status === Status.Success) return true;
    this.state.startFail = (this.state.startFail + 1) >>> 0;
    return false;
  }

  #guestIdAccepted(status: number): boolean {
    checkStatus(status);
    this.state.guestType = (this.state.guestType + 1) >>> 0;
    if (this.#succeeded(status)) return true;
    this.state.guestTypeFail = (this.state.guestTypeFail + 1) >>> 0;
    return false;
  }

  #succeeded(status: number): boolean {
    if (status === Status.Reset) this.state.resetRequired = 1;
    return status === Status.Success;
  }

  // --- reset and exit: all pages are freed without UNLOCK

  #pop(phase: number): number {
    return this.#ask(phase, Request.Free, this.state.size, Custody.Balloon);
  }

  #popped(): void {
    const s = this.state;
    s.free = (s.free + s.size) >>> 0;
    s.yields += Math.floor(s.size / Math.max(s.rateFree, 1));
    s.size = 0;
  }

  // --- the target

  #askTotalPages(): number {
    // A slow cycle is used up even if GET_TARGET then fails.
    if (this.state.slow > 0) this.state.slow--;
    return this.#ask(Phase.TotalPages, Request.TotalPages, 0, 0);
  }

  #gotTarget(status: number, target: Pages): number {
    checkStatus(status);
    if (status === Status.Success) checkTarget(target);
    const s = this.state;
    if (!this.#succeeded(status)) {
      s.targetFail = (s.targetFail + 1) >>> 0;
      return this.#end(Life.Loaded);
    }
    s.target = target >>> 0;
    if (s.size < s.target) return this.#inflate();
    if (s.size > s.target) {
      // A rate that overflowed to 0 still releases a page: the driver's loop checks the number after each release.
      const rate = Math.max(s.rateFree, 1);
      return this.#ask(Phase.Unlock, Request.Unlock, Math.min(s.size - s.target, rate), 0);
    }
    return this.#end(Life.Loaded);
  }

  // --- inflation

  #inflate(): number {
    const s = this.state;
    s.goal = s.target - s.size;
    s.rate = s.slow > 0 ? s.rateAlloc : s.nosleepAllocMax;
    s.taken = 0;
    s.canSleep = 0;
    s.sinceYield = 0;
    return this.#reserve();
  }

  /** Asks for the pages that the loop takes before its goal or its rate stops it, in the present regime. */
  #reserve(): number {
    const s = this.state;
    if (s.spare > 0) return this.#ask(Phase.Lock, Request.Lock, s.spare, 0);
    if (s.failAhead === 1) return this.#allocationFailed();
    // The loop checks its rate after it has taken a page: a full cycle takes one more than its rate.
    const untilRate = s.rate - s.taken + 1;
    return this.#ask(Phase.Allocate, Request.Allocate, Math.min(s.goal - s.taken, untilRate), s.canSleep);
  }

  #allocated(got: Pages, failed: number): number {
    const s = this.state;
    checkAllocation(got, failed, s.count);
    s.spare = got;
    s.failAhead = failed;
    return this.#reserve();
  }

  #locked(accepted: Pages, status: number): number {
    const s = this.state;
    checkCount("locked pages", accepted, s.spare);
    const refused = accepted < s.spare ? 1 : 0;
    if (refused === 1) checkRefusal(status);

    const offered = accepted + refused;
    s.spare -= offered;
    if (s.canSleep === 1) s.sleepAlloc = (s.sleepAlloc + offered) >>> 0;
    else s.alloc = (s.alloc + offered) >>> 0;
    s.lock = (s.lock + accepted) >>> 0;
    s.size += accepted;
    s.error = 0;
    if (!this.#advance(accepted)) return this.#inflated();
    if (refused === 0) return this.#reserve();

    s.refusedAlloc = (s.refusedAlloc + 1) >>> 0;
    if (status !== FRAME_TOO_LARGE) {
      s.lock = (s.lock + 1) >>> 0;
      s.lockFail = (s.lockFail + 1) >>> 0;
      this.#succeeded(status);
      // The driver tests the low 32 bits of the status.
      const status32 = status >>> 0;
      if (status32 === Status.Reset || status32 === Status.PpnNotNeeded) {
        s.rejected = 1;
        s.error = 1;
        return this.#inflated();
      }
    }
    s.refused++;
    if (s.refused >= s.maxRefused) {
      s.error = 1;
      return this.#inflated();
    }
    return this.#reserve();
  }

  /** Advances the loop by `pages` turns, possibly 0; false if the loop ends. */
  #advance(pages: Pages): boolean {
    const s = this.state;
    s.sinceYield += pages;
    s.yields += Math.floor(s.sinceYield / (s.yieldThreshold + 1));
    s.sinceYield %= s.yieldThreshold + 1;
    s.taken += pages;
    if (s.taken > s.rate) {
      // The rate stops the loop before the loop counter is incremented.
      s.taken--;
      return false;
    }
    return s.taken < s.goal;
  }

  #allocationFailed(): number {
    const s = this.state;
    s.failAhead = 0;
    s.error = 1;
    if (s.canSleep === 1) {
      s.sleepAlloc = (s.sleepAlloc + 1) >>> 0;
      s.sleepAllocFail = (s.sleepAllocFail + 1) >>> 0;
      s.rateAlloc = Math.max(Math.floor(s.rateAlloc / 2), s.allocMin);
      return this.#inflated();
    }
    s.alloc = (s.alloc + 1) >>> 0;
    s.allocFail = (s.allocFail + 1) >>> 0;
    s.slow = s.slowCycles;
    if (s.taken >= s.rateAlloc) return this.#inflated();
    s.canSleep = 1;
    s.rate = s.rateAlloc;
    // The failed attempt counts as one turn of the loop.
    return this.#advance(1) ? this.#reserve() : this.#inflated();
  }

  #inflated(): number {
    const s = this.state;
    if (s.error === 0 && s.taken >= s.rateAlloc) {
      if (s.rateAlloc === 0) throw new DriverFault("inflate: division by rate_alloc, which overflowed to 0");
      const grown = s.rateAlloc + Math.imul(Math.floor(s.taken / s.rateAlloc), s.allocInc);
      s.rateAlloc = Math.min(grown >>> 0, s.allocMax);
    }
    s.failAhead = 0;
    const rest = s.refused + s.rejected + s.spare;
    if (rest === 0) return this.#end(Life.Loaded);
    return this.#ask(Phase.FreeRest, Request.Free, rest, Custody.Rest);
  }

  // --- deflation

  #unlocked(released: Pages, status: number): number {
    const s = this.state;
    checkCount("unlocked pages", released, s.count);
    const complete = released === s.count;
    if (!complete) checkRefusal(status);
    s.unlock = (s.unlock + released) >>> 0;
    s.free = (s.free + released) >>> 0;
    s.size -= released;
    if (complete) {
      s.rateFree = Math.min((s.rateFree + s.freeInc) >>> 0, s.freeMax);
    } else {
      if (status !== FRAME_TOO_LARGE) {
        s.unlock = (s.unlock + 1) >>> 0;
        s.unlockFail = (s.unlockFail + 1) >>> 0;
        this.#succeeded(status);
      }
      s.rateFree = Math.max(Math.floor(s.rateFree / 2), s.freeMin);
    }
    if (released === 0) return this.#end(Life.Loaded);
    return this.#ask(Phase.FreeUnlocked, Request.Free, released, Custody.Unlocked);
  }
}
