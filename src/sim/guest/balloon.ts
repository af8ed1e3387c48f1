import { RunError } from "../../common/errors.ts";
import type { Pages } from "../../common/units.ts";
import {
  type AllocateReply,
  Custody,
  type FreeReply,
  type PageAllocator,
  type TotalPagesReply,
} from "../../engine/index.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import { FrameSet, type FrameStack } from "../state/frames.ts";
import type { AnswerPath } from "../time/pending-answer.ts";
import type { GuestSpec } from "../trace/types.ts";
import type { GuestContext } from "./context.ts";
import { DaemonLimits } from "./daemon-limits.ts";
import { Progress, SlowPathAllocator } from "./slow-path-allocator.ts";

/** Time after which a sleeping allocation returns the pages that it has so far, in microseconds. */
const PARTIAL_RUN_US = 10_000;

/**
 * The page allocator of the balloon driver: allocates pages with and without sleeping, assigns frame numbers, frees
 * pages. Frame numbers begin at 1. The guest's other pages have no frame numbers; the model only counts them.
 */
export class BalloonPages implements PageAllocator, Archived {
  /** The frames of the balloon: spare, ballooned, unlocked, refused, locked. */
  readonly #frames: BalloonFrames;
  readonly #context: GuestContext;
  readonly #pool = new FrameSet();
  readonly #slowPath: SlowPathAllocator;
  /** Limits of a daemon's allocations; null for the kernel's driver. */
  readonly #limits: DaemonLimits | null;
  readonly #answers: AnswerPath;

  /**
   * @param spec the trace's limits of a daemon's balloon
   * @param slot the balloon's slot of the timeline, for sleeping allocations
   * @param frames the balloon's frames, with the host's locked frames: freeing one of those is an error
   * @param answers carries the replies to the driver
   */
  constructor(
    context: GuestContext,
    spec: Pick<GuestSpec, "floor" | "psiLimit">,
    slot: number,
    frames: BalloonFrames,
    answers: AnswerPath,
  ) {
    this.#context = context;
    const isKernels = context.balloon === "kernel";
    this.#limits = isKernels ? null : new DaemonLimits(context.memory, context.pressure, context.timeline, spec);
    this.#slowPath = new SlowPathAllocator(context, slot, {
      unmovable: isKernels,
      retryNs: isKernels ? context.tickNs : 0,
      noRetry: context.memory.rules.balloonNoRetry,
      patienceUs: PARTIAL_RUN_US,
    });
    this.#frames = frames;
    this.#answers = answers;
    this.#pool.add(1, context.memory.total);
  }

  /** Allocates `count` free pages before the run begins, for the initial balloon. */
  warmUp(count: Pages): void {
    this.#context.memory.free -= count;
    this.#take(count);
  }

  /** Microseconds that the driver has waited in direct reclaim. */
  get stallUs(): number {
    return this.#slowPath.stalledUs;
  }

  /** Whether the slot's event belongs to a sleeping allocation in progress. */
  get waiting(): boolean {
    return this.#slowPath.reclaiming;
  }

  /** Pages that a sleeping allocation in progress has; they do not count as the balloon's yet. */
  get held(): Pages {
    return this.#slowPath.held;
  }

  /** Handles the event of a sleeping allocation. */
  resume(): void {
    this.#progress(this.#slowPath.resume());
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
    if (canSleep) {
      this.#progress(this.#slowPath.ask(count));
      return;
    }
    const reserve = Math.floor(memory.watermarks.min * memory.rules.nosleepReserve);
    const got = memory.takeUnmovable(count, reserve);
    if (memory.rules.nosleepWakesKswapd && memory.free <= memory.watermarks.low) this.#context.kswapd.wake();
    this.#allocated(got, count, got < count);
  }

  free(count: Pages, custody: number, reply: FreeReply): void {
    this.#answers.expect(reply);
    const { spare, balloon, unlocked, refused } = this.#frames;
    if (custody === Custody.Balloon) this.#release(balloon, count);
    else if (custody === Custody.Unlocked) this.#release(unlocked, count);
    else {
      this.#release(spare, spare.frames);
      this.#release(refused, refused.frames);
    }
    if (this.#limits === null) this.#context.memory.giveUnmovable(count);
    else this.#context.memory.free += count;
    this.#context.memory.balloon -= count;
    this.#answers.give(0, 0, count * this.#context.costs.freeNs);
  }

  /**
   * Allocates within a daemon's limits. No permitted pages: a failure. Fewer than `count`: a partial run or a failure.
   */
  #allocateWithin(limits: DaemonLimits, count: Pages, canSleep: boolean): void {
    const { memory } = this.#context;
    const permitted = limits.permitted(count, canSleep);
    if (canSleep && permitted > 0) {
      this.#progress(this.#slowPath.ask(permitted));
      return;
    }
    const got = memory.takeFree(permitted, memory.watermarks.low);
    this.#allocated(got, count, got < count);
  }

  archive(a: Archive): void {
    this.#pool.archive(a);
    this.#slowPath.archive(a);
  }

  /** Returns the pages of a sleeping allocation to the driver: all, or a part after `PARTIAL_RUN_US`. */
  #progress(progress: number): void {
    if (progress === Progress.Waiting) return;
    const { got, wanted } = this.#slowPath;
    this.#allocated(got, wanted, progress === Progress.Failed);
  }

  /** Ends an allocation: puts its pages into the balloon and answers. An attempt that fails costs as much as a page. */
  #allocated(got: Pages, wanted: Pages, hasFailed: boolean): void {
    this.#take(got);
    this.#answers.give(got, hasFailed ? 1 : 0, Math.min(wanted, got + 1) * this.#context.costs.allocNs);
  }

  /** Puts pages, which the caller has taken from the free ones, into the balloon, at the lowest frames that are free. */
  #take(count: Pages): void {
    const { spare } = this.#frames;
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
