import { checkAllocation, checkCount, checkStatus, checkTarget, DriverFault } from "../checks.ts";
import { type DriverMachine, PhaseMachine } from "../kernel-driver.ts";
import { batchedCommand, custodyOf, framesOf, PageSize } from "../page-size.ts";
import { Allocation, Custody, LARGE_PAGE_FRAMES } from "../ports.ts";
import {
  Capability,
  Command,
  FRAME_TOO_LARGE,
  GUEST_ID_LINUX,
  grantedBy,
  Status,
  SUCCESS_WITH_CAPABILITIES,
} from "../protocol.ts";
import { KernelRequest, Life } from "../requests.ts";
import type { Pages, Ticks } from "../units.ts";
import { hasLargePages, WANTED_CAPABILITIES } from "./capabilities.ts";
import type { VmwBalloonParams } from "./params.ts";
import { createState, Phase, type Position, type VmwBalloonState } from "./state.ts";
import { ALLOC, ALLOC_FAIL, COMMANDS, ERR_ALLOC, ERR_FREE, FREE } from "./statistics.ts";

const U32_MAX = 0xffff_ffff;

/** The dead band of deflation: smaller surpluses stay, unless the balloon is to be empty. */
export const SLACK: Pages = LARGE_PAGE_FRAMES;

/**
 * The policy of drivers/misc/vmw_balloon.c (Linux 5.x and 6.x, of 64 bits) as a state machine: `cycle` and `exit` begin a
 * piece of work and return the first request, `step` takes its answer and returns the next one, `KernelRequest.None` at the
 * end. The machine never blocks and calls no other code. Rounds of allocations, batches and their statuses are those of the
 * driver's loops, one request each.
 */
export class VmwBalloonMachine extends PhaseMachine<VmwBalloonState> implements DriverMachine {
  readonly state = createState();
  /** The current tick, and ticks a second: the owner sets `now` before each call, for the delay after a shrinking. */
  now: Ticks = 0;
  readonly hz: number;
  readonly #params: VmwBalloonParams;

  constructor(params: VmwBalloonParams, hz: number) {
    super();
    this.#params = params;
    this.hz = hz;
  }

  /** Marks the driver as loaded. Loading sends nothing: the first cycle begins with a reset, which sends START. */
  load(): void {
    const s = this.state;
    if (s.life !== Life.Unloaded) throw new RangeError("load: the driver was loaded before");
    s.life = Life.Loaded;
    s.resetRequired = 1;
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
    this.#granted(capabilities);
    s.large = s.maxPageSize === PageSize.Large ? Math.floor(size / LARGE_PAGE_FRAMES) : 0;
    s.small = size - s.large * LARGE_PAGE_FRAMES;
    s.target = size;
    s.resumed = size;
  }

  /** Pages in the balloon. */
  get size(): Pages {
    return this.state.small + this.state.large * LARGE_PAGE_FRAMES;
  }

  /** Pages by which the balloon shall change now: above 0 inflation, below 0 deflation. */
  get change(): Pages {
    const s = this.state;
    if (s.resetRequired === 1) return 0;
    const change = s.target - this.size;
    if (change < 0 && s.target !== 0 && -change < SLACK) return 0;
    if (change > 0 && this.now < s.shrinkUntil) return 0;
    return change;
  }

  /**
   * Begins a work cycle: with a reset if one is pending.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  cycle(): number {
    this.checkIdle("cycle");
    const s = this.state;
    return s.resetRequired === 1 ? this.#setDoorbell(Phase.Unset, 0) : this.#work();
  }

  /**
   * Unloads the driver: takes the doorbell back, sends START without capabilities, frees all pages without UNLOCK.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  exit(): number {
    this.checkIdle("exit");
    this.state.life = Life.Exiting;
    return this.#setDoorbell(Phase.Unset, 0);
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
   * position before and restores it afterwards (`Position`). The pages of a pending UNLOCK are not taken again.
   */
  shrink(goal: Pages): number {
    const s = this.state;
    this.#inFlight = s.phase === Phase.Unlock ? s.pages : 0;
    this.#inFlightSize = s.pageSize;
    s.goal = goal;
    return this.#deflate();
  }
  /** Pages of a size that an interrupted deflation has already taken from the balloon. Only used while the shrinker works. */
  #inFlight = 0;
  #inFlightSize = 0;

  /** Ends such a deflation by which the balloon has lost `frames` frames. */
  shrunk(frames: Pages, position: Readonly<Position>): void {
    const s = this.state;
    this.#inFlight = 0;
    Object.assign(s, position);
    s.shrinkFree += frames;
    s.shrinkUntil = this.now + this.hz * this.#params.shrinkDelay;
  }

  /** Whether further cycles would only receive a target for which nothing is to be done. */
  get isSteady(): boolean {
    const s = this.state;
    if (s.life !== Life.Loaded || s.phase !== Phase.Idle || s.resetRequired === 1 || s.isRung === 1) return false;
    // Without inflation only until `shrinkUntil` the driver is not at rest.
    return this.change === 0 && s.target <= this.size;
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
    const s = this.state;
    switch (s.phase) {
      case Phase.Unset:
        this.#answered(Command.DoorbellSet, first);
        s.hasDoorbell = 0;
        return s.life === Life.Exiting ? this.ask(Phase.ExitStart, KernelRequest.Start, 0, 0) : this.#pop();
      case Phase.ExitStart:
        this.#answered(Command.Start, first);
        return this.#pop();
      case Phase.Pop:
        return this.#popped();
      case Phase.Start:
        return this.#started(first, second);
      case Phase.DoorbellOn:
        this.#answered(Command.DoorbellSet, first);
        if (first !== Status.Success) return this.#setDoorbell(Phase.DoorbellOff, 0);
        s.hasDoorbell = 1;
        return this.ask(Phase.GuestId, KernelRequest.GuestId, 0, GUEST_ID_LINUX);
      case Phase.DoorbellOff:
        this.#answered(Command.DoorbellSet, first);
        s.hasDoorbell = 0;
        return this.ask(Phase.GuestId, KernelRequest.GuestId, 0, GUEST_ID_LINUX);
      case Phase.GuestId:
        // A failure is only logged.
        this.#answered(Command.GuestId, first);
        return this.#work();

      case Phase.TotalPages:
        checkCount("total pages", first, Number.MAX_SAFE_INTEGER);
        // The limit does not fit: no command.
        if (first > U32_MAX && (s.capabilities & Capability.Target64) === 0) return this.end();
        return this.ask(Phase.GetTarget, KernelRequest.GetTarget, 0, first);
      case Phase.GetTarget:
        this.#answered(Command.GetTarget, first, second);
        if (first !== Status.Success) return this.end();
        if (this.change > 0) return this.#inflate();
        s.goal = 0;
        return this.change < 0 ? this.#deflate() : this.end();

      case Phase.Take:
        return this.#taken(first, second);
      case Phase.Lock:
        return this.#locked(first, second, fourth);
      case Phase.Split:
        s.split = s.refused * LARGE_PAGE_FRAMES;
        s.refused = 0;
        s.pageSize = PageSize.Small;
        return this.#allocate();
      case Phase.FreeRest:
        s.returned += s.refused * framesOf(s.pageSize) + s.split;
        s.refused = 0;
        s.split = 0;
        return this.end();

      case Phase.Unlock:
        return this.#unlocked(first, second, fourth);
      case Phase.FreeUnlocked:
        return this.#released();

      default:
        throw new RangeError("step: no request is waiting for an answer");
    }
  }

  /** Counts a command that was answered, notes a demanded reset, and takes the target that the answer carries. */
  #answered(command: number, status: number, target?: Pages): void {
    checkStatus(status);
    if (target !== undefined && status === Status.Success) checkTarget(target);
    const s = this.state;
    const [count, failed] = COMMANDS[command] as (typeof COMMANDS)[number];
    s[count]++;
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) s[failed]++;
    if (status === Status.Reset) s.resetRequired = 1;
    if (target !== undefined && status === Status.Success) s.target = target;
  }

  // --- reset

  #setDoorbell(phase: number, isSet: number): number {
    return this.ask(phase, KernelRequest.SetDoorbell, 0, isSet);
  }

  /** Frees all pages without UNLOCK, those of 4 KiB first. */
  #pop(): number {
    const { small, large, life } = this.state;
    if (small > 0) return this.ask(Phase.Pop, KernelRequest.Free, small, Custody.Balloon);
    if (large > 0) return this.ask(Phase.Pop, KernelRequest.Free, large, Custody.Balloon | Custody.Large);
    if (life !== Life.Exiting) return this.ask(Phase.Start, KernelRequest.Start, 0, WANTED_CAPABILITIES);
    this.state.life = Life.Exited;
    return this.end();
  }

  #popped(): number {
    const s = this.state;
    if (s.small > 0) {
      s.free4k += s.small;
      s.small = 0;
    } else {
      s.free2m += s.large;
      s.large = 0;
    }
    return this.#pop();
  }

  #started(status: number, capabilities: number): number {
    if (status === SUCCESS_WITH_CAPABILITIES) checkCount("capabilities", capabilities, U32_MAX);
    this.#answered(Command.Start, status);
    const s = this.state;
    const granted = grantedBy(status, capabilities);
    // The reset stays pending; the driver still asks for the target, and then does nothing.
    if (granted === null) return this.#work();
    this.#granted(granted);
    s.reset++;
    s.resetRequired = 0;
    if ((s.capabilities & Capability.Doorbell) === 0) {
      return this.ask(Phase.GuestId, KernelRequest.GuestId, 0, GUEST_ID_LINUX);
    }
    // A guest without doorbells still takes back what it could not give.
    return this.#params.doorbell === 1
      ? this.#setDoorbell(Phase.DoorbellOn, 1)
      : this.#setDoorbell(Phase.DoorbellOff, 0);
  }

  #granted(capabilities: number): void {
    const s = this.state;
    s.capabilities = capabilities;
    s.maxPageSize = hasLargePages(capabilities) ? PageSize.Large : PageSize.Small;
    if ((capabilities & Capability.Batched) !== 0) {
      s.isBatching = 1;
      s.batchMax = this.#params.batchPages;
    } else if ((capabilities & Capability.Basic) !== 0) {
      s.isBatching = 0;
      s.batchMax = 1;
    }
  }

  // --- the target

  #work(): number {
    this.state.timer++;
    return this.ask(Phase.TotalPages, KernelRequest.TotalPages, 0, 0);
  }

  // --- inflation: pages of 2 MiB, then of 4 KiB

  #inflate(): number {
    const s = this.state;
    s.pageSize = s.maxPageSize;
    s.refused = 0;
    s.split = 0;
    return this.#allocate();
  }

  /** Begins a round: pages that are split already come first. */
  #allocate(): number {
    const s = this.state;
    const { change } = this;
    if (change <= 0) return this.#inflated();
    // A host that grants neither batches nor single commands leaves the driver without a size of its rounds.
    if (s.batchMax === 0) throw new DriverFault("inflate: rounds of no page, for ever");
    s.wanted = Math.min(s.batchMax, Math.ceil(change / framesOf(s.pageSize)));
    s.pages = s.pageSize === PageSize.Small ? Math.min(s.split, s.wanted) : 0;
    s.split -= s.pages;
    s.isShort = 0;
    return this.#take();
  }

  #take(): number {
    const s = this.state;
    const missing = s.wanted - s.pages;
    if (missing === 0) return this.#lock();
    const way = s.pageSize === PageSize.Large ? Allocation.Large : Allocation.OneRound;
    return this.ask(Phase.Take, KernelRequest.Take, missing, way);
  }

  #taken(got: number, failed: number): number {
    const s = this.state;
    checkAllocation(got, failed, s.count);
    s[ALLOC[s.pageSize] as "alloc4k"] += got + failed;
    s[ALLOC_FAIL[s.pageSize] as "allocFail4k"] += failed;
    s.pages += got;
    s.isShort = failed;
    return failed === 1 ? this.#lock() : this.#take();
  }

  #lock(): number {
    const s = this.state;
    if (s.pages === 0) return this.#lockedRound();
    return this.ask(Phase.Lock, KernelRequest.Transfer, s.pages, this.#command(Command.Lock));
  }

  #locked(status: number, refused: number, target: Pages): number {
    const s = this.state;
    const accepted = this.#transferred(status, refused, target);
    s.refused += s.pages - accepted;
    const frames = accepted * framesOf(s.pageSize);
    if (s.pageSize === PageSize.Large) s.large += accepted;
    else s.small += accepted;
    s.locked += frames;
    return status === Status.Success ? this.#lockedRound() : this.#inflated();
  }

  /** Ends a round that the host has not refused as a whole. */
  #lockedRound(): number {
    const s = this.state;
    if (s.isShort === 0 && s.refused < this.#params.maxRefused) return this.#allocate();
    if (s.pageSize === PageSize.Small) return this.#inflated();
    if (s.refused > 0) return this.ask(Phase.Split, KernelRequest.Split, s.refused, 0);
    s.pageSize = PageSize.Small;
    return this.#allocate();
  }

  /** Ends the inflation: frees the refused pages, and the split ones that were not offered. */
  #inflated(): number {
    const s = this.state;
    // The driver counts the event, not the pages.
    if (s.refused > 0) s[ERR_FREE[s.pageSize] as "errFree4k"]++;
    const rest = s.refused + s.split;
    if (rest === 0) return this.end();
    return this.ask(Phase.FreeRest, KernelRequest.Free, rest, custodyOf(Custody.Rest, s.pageSize));
  }

  // --- deflation: pages of 4 KiB, then of 2 MiB

  /** Begins a deflation by `goal` frames, or to the target if that is 0. */
  #deflate(): number {
    const s = this.state;
    s.tried = 0;
    s.pageSize = PageSize.Small;
    return this.#release();
  }

  #release(): number {
    const s = this.state;
    const surplus = s.goal > 0 ? s.goal - s.tried : -this.change;
    if (surplus <= 0) return this.end();
    const frames = framesOf(s.pageSize);
    s.wanted = Math.min(s.batchMax, Math.ceil(surplus / frames));
    const taken = this.#inFlightSize === s.pageSize ? this.#inFlight : 0;
    s.pages = Math.min(s.wanted, (s.pageSize === PageSize.Large ? s.large : s.small) - taken);
    s.tried += s.pages * frames;
    s.isComplete = 0;
    if (s.pages === 0) return this.#released();
    return this.ask(Phase.Unlock, KernelRequest.Transfer, s.pages, this.#command(Command.Unlock));
  }

  #unlocked(status: number, refused: number, target: Pages): number {
    const s = this.state;
    const released = this.#transferred(status, refused, target);
    s.isComplete = released === s.wanted ? 1 : 0;
    if (s.pageSize === PageSize.Large) s.large -= released;
    else s.small -= released;
    s.unlocked += released * framesOf(s.pageSize);
    s[FREE[s.pageSize] as "free4k"] += released;
    if (released === 0) return this.#released();
    return this.ask(Phase.FreeUnlocked, KernelRequest.Free, released, custodyOf(Custody.Unlocked, s.pageSize));
  }

  /** Ends a round of releases. One that was not complete goes on with larger pages. */
  #released(): number {
    const s = this.state;
    if (s.isComplete === 1) return this.#release();
    if (s.pageSize === s.maxPageSize) return this.end();
    s.pageSize = PageSize.Large;
    return this.#release();
  }

  // --- commands for pages

  /** The command for pages of the current size, in place of LOCK or UNLOCK. */
  #command(single: number): number {
    const { isBatching, pageSize } = this.state;
    return isBatching === 0 ? single : batchedCommand(single, pageSize);
  }

  /** Accounts for the answer to a command for pages; returns how many it has moved. The driver counts refusals of both kinds. */
  #transferred(status: number, refused: number, target: Pages): number {
    const s = this.state;
    checkCount("refused pages", refused, s.pages);
    // Without batches, a page whose number has more than 32 bits is refused without a command.
    if (status !== FRAME_TOO_LARGE) this.#answered(s.value, status, target);
    const all = status === Status.Success ? refused : s.pages;
    s[ERR_ALLOC[s.pageSize] as "errAlloc4k"] += all;
    return s.pages - all;
  }
}
