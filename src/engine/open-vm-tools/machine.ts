import { checkAllocation, checkCount, checkTarget, DriverFault } from "../checks.ts";
import type { DriverMachine } from "../kernel-driver.ts";
import { custodyOf, framesOf, PageSize } from "../page-size.ts";
import { Custody, LARGE_PAGE_FRAMES } from "../ports.ts";
import { Capability, Command, grantedBy, Status, SUCCESS_WITH_CAPABILITIES } from "../protocol.ts";
import { KernelRequest, Life } from "../requests.ts";
import type { Pages } from "../units.ts";
import { CommandMachine, U32_MAX } from "./commands.ts";
import { Commands, Kind, LockFor, Phase, type Statistics } from "./state.ts";
import { ALLOC, ALLOC_FAIL, FREE, REFUSED_ALLOC, REFUSED_FREE } from "./statistics.ts";
import { LARGE, NO_SLEEP } from "./systems.ts";

/** The dead band of deflation: smaller surpluses stay, unless the balloon is to be empty. */
export const SLACK: Pages = LARGE_PAGE_FRAMES;

/**
 * The policy of open-vm-tools' balloon driver (modules/shared/vmmemctl) as a state machine: `cycle` and `exit` begin a piece
 * of work and return the first request, `step` takes its answer and returns the next one, `KernelRequest.None` at the end.
 * The machine never blocks and calls no other code. Its requests are for runs of pages, at whose ends the driver's loops,
 * which take page after page, do something else than to take the next one: so all counters have the loops' values.
 *
 * What the text does is done here, mistakes included. It counts pages of either size as one in its rates, and takes frames
 * for pages of 2 MiB where it deflates. Not modelled: allocations of its own lists and of the page for batches, which may
 * fail; and pages with a status that the text calls impossible, which it loses: they are freed.
 */
export class OpenVmToolsMachine extends CommandMachine implements DriverMachine {
  /** Loading sends nothing: the first cycle begins with a reset, which sends START. */
  override load(): void {
    super.load();
    this.state.resetRequired = 1;
  }

  /**
   * The state of a driver that was loaded before, by a host that grants `capabilities` to drivers that ask for them; pages
   * of 2 MiB have come first into the balloon. A START and a GUEST_ID are counted, its other work is not.
   */
  resume(size: Pages, capabilities: number): void {
    const s = this.state;
    s.life = Life.Loaded;
    s.start = 1;
    s.guestType = 1;
    this.granted(capabilities & this.system.wanted);
    const hasLarge = s.commands === Commands.Batched && (s.capabilities & Capability.Batched2m) !== 0;
    s.large = hasLarge ? Math.floor(size / LARGE_PAGE_FRAMES) : 0;
    s.small = size - s.large * LARGE_PAGE_FRAMES;
    s.counted = size;
    s.target = size;
    s.resumed = size;
  }

  /** Pages in the balloon. */
  get size(): Pages {
    return this.state.small + this.state.large * LARGE_PAGE_FRAMES;
  }

  /**
   * Begins a work cycle: with a reset if one is pending.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  cycle(): number {
    this.checkIdle("cycle");
    this.count("timer");
    return this.state.resetRequired === 1 ? this.#pop() : this.#askTotalPages();
  }

  /**
   * Unloads the driver: sends START, then frees all pages without UNLOCK.
   * @throws {RangeError} unless the driver is loaded and idle
   */
  exit(): number {
    this.checkIdle("exit");
    this.state.life = Life.Exiting;
    return this.ask(Phase.ExitStart, KernelRequest.Start, 0, this.system.wanted);
  }

  /** Whether further cycles would only receive a target for which nothing is to be done. */
  get isSteady(): boolean {
    const s = this.state;
    if (s.life !== Life.Loaded || s.phase !== Phase.Idle || s.resetRequired === 1 || s.slow > 0) return false;
    if (s.counted === s.target) return true;
    return s.counted > s.target && (!this.#isAboveBand || this.size === 0);
  }

  /** Accounts for `cycles` such cycles. @throws {RangeError} unless `isSteady`, and `cycles` is a whole number from 0 */
  skip(cycles: number): void {
    if (!this.isSteady || !Number.isSafeInteger(cycles) || cycles < 0) {
      throw new RangeError(`skip: can't skip ${cycles} cycles now`);
    }
    this.count("timer", cycles);
    this.count("targetCount", cycles);
  }

  /**
   * Takes the answer to the pending request and returns the next request.
   * @throws {RangeError} if no request is pending, or if this can't be its answer; the state is then unchanged
   * @throws {DriverFault} if the driver would crash here
   */
  step(first: number, second: number, third: number, fourth: number): number {
    const s = this.state;
    switch (s.phase) {
      case Phase.Pop:
        return this.#popped();
      case Phase.Start:
        return this.#started(first, second);
      case Phase.GuestId:
        this.answered(Command.GuestId, first);
        return this.#askTotalPages();
      case Phase.ExitStart:
        this.answered(Command.Start, first);
        return this.#pop();

      case Phase.TotalPages:
        checkCount("total pages", first, Number.MAX_SAFE_INTEGER);
        return this.ask(Phase.GetTarget, KernelRequest.GetTarget, 0, this.hasTarget64 ? first : first % 2 ** 32);
      case Phase.GetTarget:
        return this.#gotTarget(first, second);

      case Phase.Allocate:
        return this.#allocated(first, second);
      case Phase.Lock:
        return this.#locked(first, second, third, fourth);
      case Phase.FreeRefused:
        s.returned += s.count * framesOf(this.#sizeOfKind);
        return this.#afterLock();
      case Phase.FreeKept:
        return this.#freedKept();

      case Phase.Unlock:
        return this.#unlocked(first, second, fourth);
      case Phase.FreeUnlocked:
        return this.#afterUnlock();

      default:
        throw new RangeError("step: no request is waiting for an answer");
    }
  }

  // --- reset

  /** Frees all pages without UNLOCK, those of 4 KiB first, and the page for batches. */
  #pop(): number {
    const s = this.state;
    if (s.small > 0) return this.ask(Phase.Pop, KernelRequest.Free, s.small, Custody.Balloon);
    if (s.large > 0) return this.ask(Phase.Pop, KernelRequest.Free, s.large, Custody.Balloon | Custody.Large);
    s.hasBatchPage = 0;
    if (s.life !== Life.Exiting) return this.ask(Phase.Start, KernelRequest.Start, 0, this.system.wanted);
    s.life = Life.Exited;
    return this.end();
  }

  #popped(): number {
    const s = this.state;
    if (s.small > 0) {
      this.count("free", s.small);
      s.counted -= s.small;
      s.small = 0;
    } else {
      this.count("largeFree", s.large);
      // The text takes 1 from its count for each page, of either size: a part of the balloon stays in the count for ever.
      s.counted -= s.large;
      s.large = 0;
    }
    return this.#pop();
  }

  #started(status: number, capabilities: number): number {
    if (status === SUCCESS_WITH_CAPABILITIES) checkCount("capabilities", capabilities, U32_MAX);
    this.answered(Command.Start, status);
    const granted = grantedBy(status, capabilities);
    // The reset stays pending; the driver still asks for the target, and follows it.
    if (granted === null) return this.#askTotalPages();
    this.granted(granted);
    this.state.resetRequired = 0;
    return this.ask(Phase.GuestId, KernelRequest.GuestId, 0, this.system.guestType);
  }

  // --- the target

  #askTotalPages(): number {
    return this.ask(Phase.TotalPages, KernelRequest.TotalPages, 0, 0);
  }

  #gotTarget(status: number, target: Pages): number {
    if (status === Status.Success) checkTarget(target);
    this.answered(Command.GetTarget, status);
    const s = this.state;
    // A slow cycle is used up even if the command fails.
    if (s.slow > 0) s.slow--;
    if (status !== Status.Success) return this.end();
    s.target = this.clamped(target);
    if (s.counted < s.target) return this.#inflate();
    return this.#isAboveBand ? this.#deflate(PageSize.Small) : this.end();
  }

  /** Whether the balloon is so far above its target that the driver deflates it. */
  get #isAboveBand(): boolean {
    const { target, counted } = this.state;
    return target === 0 || counted >= target + SLACK;
  }

  // --- inflation: pages of 2 MiB, then of 4 KiB without sleeping, then with

  get #sizeOfKind(): number {
    return this.state.kind === Kind.Large ? PageSize.Large : PageSize.Small;
  }

  #inflate(): number {
    const s = this.state;
    s.goal = s.target;
    s.kind = (s.capabilities & Capability.Batched2m) !== 0 ? Kind.Large : Kind.NoSleep;
    s.rate = s.slow > 0 ? s.rateAlloc : this.params.nosleepAllocMax;
    s.taken = 0;
    s.entries = 0;
    s.isFailed = 0;
    return this.#allocate();
  }

  /** Asks for the pages that the loop takes before its goal, a full command or its rate interrupts it. */
  #allocate(): number {
    const s = this.state;
    const missing = Math.ceil((s.goal - s.counted) / framesOf(this.#sizeOfKind)) - s.entries;
    if (missing <= 0) return this.#finish();
    // The loop looks at its rate, and at the room of the command, after it has taken a page.
    const count = Math.max(1, Math.min(missing, s.batchMax - s.entries, s.rate - s.taken));
    const { request, value } =
      s.kind === Kind.Large ? LARGE : s.kind === Kind.NoSleep ? NO_SLEEP : this.system.sleeping;
    return this.ask(Phase.Allocate, request, count, value);
  }

  #allocated(got: Pages, failed: number): number {
    const s = this.state;
    checkAllocation(got, failed, s.count);
    if (got > 0) this.checkCommands(s.kind === Kind.Large);
    this.count(ALLOC[s.kind] as keyof Statistics, got + failed);
    s.taken += got;
    s.entries += got;
    if (failed === 1) return this.#allocationFailed();
    return s.entries === s.batchMax ? this.#lock(LockFor.Full) : this.#goOn();
  }

  /** The loop after a page, or after a command. */
  #goOn(): number {
    return this.state.taken >= this.state.rate ? this.#finish() : this.#allocate();
  }

  #allocationFailed(): number {
    const s = this.state;
    this.count(ALLOC_FAIL[s.kind] as keyof Statistics);
    s.isFailed = 1;
    if (s.kind === Kind.Large) return s.entries > 0 ? this.#lock(LockFor.Smaller) : this.#nextKind(Kind.NoSleep);
    if (s.kind === Kind.CanSleep) {
      s.rateAlloc = Math.max(Math.floor(s.rateAlloc / 2), this.params.allocMin);
      return this.#finish();
    }
    s.slow = this.params.slowCycles;
    s.rate = s.rateAlloc;
    return this.#nextKind(Kind.CanSleep);
  }

  /** Goes on with another kind of allocation, unless the cycle already has the pages of a sleeping one. */
  #nextKind(kind: number): number {
    const s = this.state;
    s.kind = kind;
    return s.taken >= s.rateAlloc ? this.#finish() : this.#allocate();
  }

  #lock(why: number): number {
    const s = this.state;
    s.lockFor = why;
    return this.ask(Phase.Lock, KernelRequest.Transfer, s.entries, this.command(Command.Lock, this.#sizeOfKind));
  }

  #locked(status: number, refused: number, unfit: number, target: Pages): number {
    checkCount("unfit pages", unfit, refused);
    const s = this.state;
    const size = this.#sizeOfKind;
    const accepted = this.transferred(status, refused, target);
    s.counted += accepted * framesOf(size);
    if (size === PageSize.Large) s.large += accepted;
    else s.small += accepted;
    s.locked += accepted * framesOf(size);
    // The loop looks at the target and the status of all commands but the last one of a cycle.
    if (s.lockFor !== LockFor.Last) this.follow(status, target);
    const kept = Math.min(this.#keepable(status, unfit), this.params.errorPages - this.#kept(size));
    this.count(REFUSED_ALLOC[size] as keyof Statistics, kept);
    if (size === PageSize.Large) s.largeKept += kept;
    else s.kept += kept;
    const rest = s.entries - accepted - kept;
    s.entries = 0;
    if (rest === 0) return this.#afterLock();
    return this.ask(Phase.FreeRefused, KernelRequest.Free, rest, custodyOf(Custody.Refused, size));
  }

  /** Refused pages of a command that the driver would keep to the end of the cycle. */
  #keepable(status: number, unfit: number): number {
    if (this.state.commands === Commands.Batched) return unfit;
    return status === Status.Success || status === Status.Reset || status === Status.PpnNotNeeded ? 0 : 1;
  }

  #kept(size: number): number {
    return size === PageSize.Large ? this.state.largeKept : this.state.kept;
  }

  #afterLock(): number {
    const { lockFor, isFailed } = this.state;
    if (lockFor === LockFor.Last) return this.#inflated();
    // Pages of 4 KiB follow those of 2 MiB even if the command for these failed.
    if (lockFor === LockFor.Smaller) return this.#nextKind(Kind.NoSleep);
    return isFailed === 1 ? this.#finish() : this.#goOn();
  }

  /** Ends the loop: tells the host of the pages that are left. */
  #finish(): number {
    return this.state.entries > 0 ? this.#lock(LockFor.Last) : this.#inflated();
  }

  #inflated(): number {
    const s = this.state;
    if (s.isFailed === 0 && s.taken >= s.rateAlloc) {
      if (s.rateAlloc === 0) throw new DriverFault("inflate: division by rateAlloc, which overflowed to 0");
      const growth = Math.imul(Math.floor(s.taken / s.rateAlloc), this.params.allocInc);
      s.rateAlloc = Math.min((s.rateAlloc + growth) >>> 0, this.params.allocMax);
    }
    return this.#freeKept();
  }

  #freeKept(): number {
    const { kept, largeKept } = this.state;
    if (kept > 0) return this.ask(Phase.FreeKept, KernelRequest.Free, kept, Custody.Rest);
    if (largeKept > 0) return this.ask(Phase.FreeKept, KernelRequest.Free, largeKept, Custody.Rest | Custody.Large);
    return this.end();
  }

  #freedKept(): number {
    const s = this.state;
    const size = s.kept > 0 ? PageSize.Small : PageSize.Large;
    this.count(REFUSED_FREE[size] as keyof Statistics, s.count);
    s.returned += s.count * framesOf(size);
    if (size === PageSize.Small) s.kept = 0;
    else s.largeKept = 0;
    return this.#freeKept();
  }

  // --- deflation: pages of 4 KiB, then of 2 MiB, each up to the rate

  #deflate(size: number): number {
    const s = this.state;
    s.size = size;
    if (this.#inBalloon === 0) return this.#nextSize();
    s.goal = s.target;
    s.taken = 0;
    s.isFailed = 0;
    return this.#release();
  }

  get #inBalloon(): number {
    return this.state.size === PageSize.Large ? this.state.large : this.state.small;
  }

  /** Takes the pages of one command from the balloon. */
  #release(): number {
    const s = this.state;
    // Also with pages of 2 MiB, the text compares the number of pages with the surplus in frames.
    const surplus = s.counted - s.goal;
    if (surplus <= 0 || this.#inBalloon === 0) return this.#deflated();
    const pages = Math.max(1, Math.min(surplus, this.#inBalloon, s.batchMax, s.rateFree - s.taken));
    s.taken += pages;
    s.isFull = pages === s.batchMax ? 1 : 0;
    s.entries = pages;
    return this.ask(Phase.Unlock, KernelRequest.Transfer, pages, this.command(Command.Unlock, s.size));
  }

  #unlocked(status: number, refused: number, target: Pages): number {
    const s = this.state;
    const released = this.transferred(status, refused, target);
    const frames = released * framesOf(s.size);
    s.counted -= frames;
    s.unlocked += frames;
    if (s.size === PageSize.Large) s.large -= released;
    else s.small -= released;
    this.count(FREE[s.size] as keyof Statistics, released);
    if (s.isFull === 1) this.follow(status, target);
    s.entries = 0;
    if (released === 0) return this.#afterUnlock();
    return this.ask(Phase.FreeUnlocked, KernelRequest.Free, released, custodyOf(Custody.Unlocked, s.size));
  }

  /** A command with room for more pages is the last one: its status is not looked at. */
  #afterUnlock(): number {
    const { isFull, isFailed, taken, rateFree } = this.state;
    return isFull === 0 || isFailed === 1 || taken >= rateFree ? this.#deflated() : this.#release();
  }

  #deflated(): number {
    const s = this.state;
    const { freeMin, freeMax, freeInc } = this.params;
    s.rateFree =
      s.isFailed === 1 ? Math.max(Math.floor(s.rateFree / 2), freeMin) : Math.min(s.rateFree + freeInc, freeMax);
    return this.#nextSize();
  }

  #nextSize(): number {
    return this.state.size === PageSize.Small ? this.#deflate(PageSize.Large) : this.end();
  }
}
