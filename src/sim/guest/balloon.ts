import { RunError } from "../../common/errors.ts";
import type { Pages } from "../../common/units.ts";
import {
  type AllocateReply,
  Allocation,
  Custody,
  type FreeReply,
  type KernelAllocator,
  LARGE_PAGE_FRAMES,
  type TotalPagesReply,
} from "../../engine/index.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames, FrameStacks } from "../state/balloon-frames.ts";
import { FrameSet, type FrameStack } from "../state/frames.ts";
import type { AnswerPath } from "../time/pending-answer.ts";
import type { GuestSpec } from "../trace/types.ts";
import { Incident } from "../view/causes.ts";
import type { GuestContext } from "./context.ts";
import { DaemonLimits } from "./daemon-limits.ts";
import { GivingWay } from "./giving-way.ts";
import { Progress, SlowPathAllocator } from "./slow-path-allocator.ts";

/** Time after which a sleeping allocation returns the pages that it has so far, in microseconds. */
const PARTIAL_RUN_US = 10_000;
/**
 * The most time that a host may take for a run of pages, in nanoseconds: the balloon has them at its end, all at once, while a real
 * one grows page by page. Longer than any cycle with the driver's default rates on a host that takes 2 us for a command.
 */
const RUN_NS = 50_000_000;

/**
 * The page allocator of the balloon driver: allocates pages with and without sleeping, and pages of 2 MiB, assigns frame
 * numbers, frees pages. Frame numbers begin at 1. The guest's other pages have no frame numbers; the model only counts them.
 */
export class BalloonPages implements KernelAllocator, Archived {
  /** The frames of the balloon: spare, ballooned, unlocked, refused, locked. */
  readonly #frames: BalloonFrames;
  readonly #context: GuestContext;
  readonly #slot: number;
  readonly #pool = new FrameSet();
  readonly #slowPath: SlowPathAllocator;
  /** Allocations of `Allocation.OneRound`. */
  readonly #oneRound: SlowPathAllocator;
  /** Pages of 4 KiB that the driver has from these, and those among them that were taken from outside of free blocks. */
  #movable: Pages = 0;
  #scattered: Pages = 0;
  /** Limits of a daemon's allocations; null for the kernel's driver. */
  readonly #limits: DaemonLimits | null;
  /** The rule by which a daemon's balloon gives way; null: it does not. */
  readonly givingWay: GivingWay | null;
  readonly #answers: AnswerPath;
  /** The most pages of a run. */
  readonly #run: Pages;

  /**
   * @param spec the trace's limits of a daemon's balloon
   * @param slot the balloon's slot of the timeline, for sleeping allocations
   * @param frames the balloon's frames, with the host's locked frames: freeing one of those is an error
   * @param answers carries the replies to the driver
   * @param commandNs what the host takes for a command, in nanoseconds
   */
  constructor(
    context: GuestContext,
    spec: Pick<GuestSpec, "floor" | "psiLimit" | "giveWay">,
    slot: number,
    frames: BalloonFrames,
    answers: AnswerPath,
    commandNs: number,
  ) {
    this.#run = commandNs === 0 ? Number.MAX_SAFE_INTEGER : Math.max(1, Math.floor(RUN_NS / commandNs));
    this.#context = context;
    this.#slot = slot;
    const isKernels = context.balloon === "kernel";
    const limits = isKernels ? null : new DaemonLimits(context.memory, context.pressure, context.timeline, spec);
    this.#limits = limits;
    const { giveWay } = spec;
    this.givingWay = limits === null || giveWay === null ? null : new GivingWay(giveWay, () => limits.readings);
    this.#slowPath = new SlowPathAllocator(context, slot, {
      unmovable: isKernels,
      retryNs: isKernels ? context.tickNs : 0,
      noRetry: context.memory.rules.balloonNoRetry,
      patienceUs: PARTIAL_RUN_US,
    });
    this.#oneRound = new SlowPathAllocator(context, slot, { noRetry: true, patienceUs: PARTIAL_RUN_US });
    this.#frames = frames;
    this.#answers = answers;
    this.#pool.add(1, context.memory.total);
  }

  /** Allocates `count` free pages before the run begins, for the initial balloon; `large` of them in pages of 2 MiB. */
  warmUp(count: Pages, large: Pages): void {
    this.#context.memory.free -= count;
    this.#take(count - large, this.#frames);
    this.#take(large, this.#frames.large);
  }

  /** Microseconds that the driver has waited in direct reclaim. */
  get stallUs(): number {
    return this.#slowPath.stalledUs + this.#oneRound.stalledUs;
  }

  /** Whether the slot's event belongs to a sleeping allocation in progress. */
  get waiting(): boolean {
    return this.#slowPath.reclaiming || this.#oneRound.reclaiming;
  }

  /** Pages that a sleeping allocation in progress has; they do not count as the balloon's yet. */
  get held(): Pages {
    return this.#slowPath.held + this.#oneRound.held;
  }

  /** Handles the event of a sleeping allocation. */
  resume(): void {
    const path = this.#slowPath.reclaiming ? this.#slowPath : this.#oneRound;
    this.#progress(path, path.resume());
  }

  totalPages(reply: TotalPagesReply): void {
    this.#answers.expect(reply);
    this.#answers.give(this.#context.memory.total, 0, 0);
  }

  allocate(count: Pages, canSleep: boolean, reply: AllocateReply): void {
    this.#answers.expect(reply);
    const { memory } = this.#context;
    if (this.#limits !== null) {
      this.#allocateWithin(this.#limits, count, canSleep);
      return;
    }
    const run = Math.min(count, this.#run);
    if (canSleep) {
      this.#progress(this.#slowPath, this.#slowPath.ask(run));
      return;
    }
    const reserve = Math.floor((memory.watermarks.min - memory.watermarks.reserve) * memory.rules.nosleepReserve);
    const got = memory.takeUnmovable(run, reserve);
    if (memory.rules.nosleepWakesKswapd && memory.free <= memory.watermarks.low) this.#context.kswapd.wake();
    if (got < run) this.#context.causes?.happened(this.#slot, Incident.NoSleepFailed, count - got);
    this.#allocated(got, run, got < run);
  }

  take(way: number, count: number, reply: AllocateReply): void {
    this.#answers.expect(reply);
    if (way === Allocation.OneRound) return this.#progress(this.#oneRound, this.#oneRound.ask(count));
    const { memory, costs } = this.#context;
    const got = memory.takeUnmovableBlocks(count);
    if (got < count)
      this.#context.causes?.happened(this.#slot, Incident.LargeFailed, (count - got) * LARGE_PAGE_FRAMES);
    this.#take(got * LARGE_PAGE_FRAMES, this.#frames.large);
    this.#answers.give(got, got < count ? 1 : 0, Math.min(count, got + 1) * costs.allocNs);
  }

  split(count: number, reply: FreeReply): void {
    this.#answers.expect(reply);
    this.#frames.large.refused.moveTo(this.#frames.spare, count * LARGE_PAGE_FRAMES);
    this.#answers.give(0, 0, 0);
  }

  free(count: Pages, custody: number, reply: FreeReply): void {
    this.#answers.expect(reply);
    const { memory } = this.#context;
    const isLarge = (custody & Custody.Large) !== 0;
    const { spare, balloon, unlocked, refused } = isLarge ? this.#frames.large : this.#frames;
    const frames = isLarge ? count * LARGE_PAGE_FRAMES : count;
    const group = custody & ~Custody.Large;
    if (group === Custody.Balloon) this.#release(balloon, frames);
    else if (group === Custody.Unlocked) this.#release(unlocked, frames);
    else if (group === Custody.Refused) this.#release(refused, frames);
    else {
      this.#release(spare, spare.frames);
      this.#release(refused, refused.frames);
    }
    memory.balloon -= frames;
    if (isLarge) memory.giveUnmovableBlocks(count);
    else if (this.#limits !== null) memory.free += count;
    else memory.giveUnmovable(count - this.#giveMovable(count));
    this.#answers.give(0, 0, count * this.#context.costs.freeNs);
  }

  /**
   * Allocates within a daemon's limits. No permitted pages: a failure. Fewer than `count`: a partial run or a failure.
   */
  #allocateWithin(limits: DaemonLimits, count: Pages, canSleep: boolean): void {
    const { memory } = this.#context;
    const permitted = limits.permitted(count, canSleep);
    if (permitted < count) this.#context.causes?.happened(this.#slot, Incident.Limited, count - permitted);
    if (canSleep && permitted > 0) {
      this.#progress(this.#slowPath, this.#slowPath.ask(permitted));
      return;
    }
    const got = memory.takeFree(permitted, memory.watermarks.low);
    if (got < permitted) this.#context.causes?.happened(this.#slot, Incident.NoSleepFailed, permitted - got);
    this.#allocated(got, count, got < count);
  }

  archive(a: Archive): void {
    this.#pool.archive(a);
    this.#slowPath.archive(a);
    this.#oneRound.archive(a);
    this.#movable = a.number(this.#movable);
    this.#scattered = a.number(this.#scattered);
    this.givingWay?.archive(a);
  }

  /** Returns the pages of a sleeping allocation to the driver: all, or a part after `PARTIAL_RUN_US`. */
  #progress(path: SlowPathAllocator, progress: number): void {
    if (progress === Progress.Waiting) return;
    const { got, wanted } = path;
    if (path === this.#oneRound) {
      this.#movable += got;
      this.#scattered += path.gotScattered;
    }
    this.#allocated(got, wanted, progress === Progress.Failed);
  }

  /**
   * Frees up to `count` movable pages, all that there are, and returns their number. Those that were allocated first, from
   * outside of free blocks, are freed last, and return there: so the others make whole blocks again.
   */
  #giveMovable(count: Pages): Pages {
    const pages = Math.min(count, this.#movable);
    this.#movable -= pages;
    const scattered = Math.max(0, this.#scattered - this.#movable);
    this.#scattered -= scattered;
    this.#context.memory.giveMovable(pages, scattered);
    return pages;
  }

  /** Ends an allocation: puts its pages into the balloon and answers. An attempt that fails costs as much as a page. */
  #allocated(got: Pages, wanted: Pages, hasFailed: boolean): void {
    this.#take(got, this.#frames);
    this.#answers.give(got, hasFailed ? 1 : 0, Math.min(wanted, got + 1) * this.#context.costs.allocNs);
  }

  /** Puts pages, which the caller has taken from the free ones, into the balloon, at the lowest frames that are free. */
  #take(count: Pages, { spare }: FrameStacks): void {
    this.#context.memory.balloon += count;
    // Lowest free frames first, so that freed frames join long runs.
    for (let left = count; left > 0; ) {
      const run = this.#pool.lowest(left);
      spare.push(run.start, run.count);
      left -= run.count;
      this.#pool.remove(run.start, run.count);
    }
  }

  #release(from: FrameStack, count: Pages): void {
    let left = count;
    while (left > 0) {
      const run = from.run(left);
      const locked = this.#frames.locked.firstOf(run.start, run.count);
      if (locked >= 0) {
        const at = this.#context.timeline.nowUs / 1e6;
        throw new RunError(
          `at ${at} s the guest violated the balloon protocol: frame ${locked} was freed while it was locked`,
        );
      }
      this.#pool.add(run.start, run.count);
      from.drop(run.count);
      left -= run.count;
    }
  }
}
