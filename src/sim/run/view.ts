import type { Pages } from "../../common/units.ts";
import type { BalloonInstance, BalloonPolicy, BalloonView } from "../../engine/index.ts";
import type { Guest } from "../guest/guest.ts";
import { HUGE_PAGE } from "../guest/piece.ts";
import type { HostChannel } from "../host/channel.ts";
import type { TargetMind } from "../host/mind.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import type { PendingAnswer } from "../time/pending-answer.ts";
import type { Timeline } from "../time/timeline.ts";
import type { Trace, TraceSource } from "../trace/types.ts";
import type { BackingView, CycleView, GuestView, HostView, RunView, WorkloadView } from "../view/types.ts";

/** The parts of a VM that its view reads. */
interface ViewedVm {
  readonly policy: BalloonPolicy;
  readonly driver: BalloonInstance;
  readonly guest: Guest;
  readonly channel: HostChannel;
  readonly frames: BalloonFrames;
  readonly ignoredRules: HostView["ignoredRules"];
  readonly backing: BackingView | null;
}

/** The live state of a run behind the interfaces that observers see, and the accounts that no other part keeps. */
export class LiveView implements RunView, Archived {
  readonly policy: BalloonPolicy;
  readonly balloon: BalloonView;
  readonly guest: GuestView;
  readonly workloads: readonly WorkloadView[];
  readonly host: HostView;
  readonly backing: BackingView | null;
  readonly cycle = new LiveCycle();
  /** Whether a series of the trace is unknown now. */
  unknown = false;
  unknownUs = 0;
  readonly #source: TraceSource;
  readonly #timeline: Timeline;
  readonly #answers: PendingAnswer;
  #sinceUs = 0;

  /** @param vm the VM of the view; its parts above exist already */
  constructor(source: TraceSource, timeline: Timeline, vm: ViewedVm, mind: TargetMind, answers: PendingAnswer) {
    const { policy, driver, guest, channel, frames, ignoredRules, backing } = vm;
    this.#source = source;
    this.#timeline = timeline;
    this.#answers = answers;
    this.policy = policy;
    this.balloon = driver.view;
    this.backing = backing;
    this.guest = new LiveGuest(guest);
    this.workloads = source.trace.workloads.map((_, i) => new LiveWorkload(guest, i));
    this.host = {
      get target() {
        return mind.targetAt(timeline.nowUs);
      },
      get locked() {
        return frames.locked.frames;
      },
      get calls() {
        return channel.calls;
      },
      get ruled() {
        return channel.ruled;
      },
      ignoredRules,
      get ruleUses() {
        return channel.ruleUses;
      },
    };
  }

  get trace(): Trace {
    return this.#source.trace;
  }

  get timeUs(): number {
    return this.#timeline.nowUs;
  }

  get driverCpuUs(): number {
    return Math.floor(this.#answers.workedNs / 1000);
  }

  /** Accounts for unknown time up to now. */
  settle(): void {
    const now = this.#timeline.nowUs;
    if (this.unknown) this.unknownUs += now - this.#sinceUs;
    this.#sinceUs = now;
  }

  cycleBegins(): void {
    this.cycle.begin(this.#timeline.nowUs, this.balloon);
  }

  cycleEnds(): void {
    this.cycle.end(this.#timeline.nowUs, this.balloon);
  }

  /** Accounts for skipped idle cycles: `ns` nanoseconds each; all but the last take `us` microseconds together. */
  skip(cycles: number, ns: number, us: number, last: { startUs: number; us: number }): void {
    this.cycle.skip(cycles, Math.floor(ns / 1000), us + last.us);
    this.cycle.startUs = last.startUs;
    this.cycle.endUs = last.startUs + last.us;
  }

  archive(a: Archive): void {
    this.unknown = a.boolean(this.unknown);
    this.unknownUs = a.number(this.unknownUs);
    this.#sinceUs = a.number(this.#sinceUs);
    this.cycle.archive(a);
  }
}

class LiveCycle implements CycleView, Archived {
  number = 0;
  startUs = 0;
  endUs = 0;
  longestUs = 0;
  totalUs = 0;
  /** Whether the last cycle did more than ask for the target. */
  changed = false;
  #activity = 0;

  begin(nowUs: number, { activity }: BalloonView): void {
    this.number++;
    this.startUs = nowUs;
    this.#activity = activity;
  }

  end(nowUs: number, { activity }: BalloonView): void {
    const us = nowUs - this.startUs;
    this.endUs = nowUs;
    this.longestUs = Math.max(this.longestUs, us);
    this.totalUs += us;
    this.changed = activity !== this.#activity;
  }

  /** Accounts for cycles of `us` microseconds in total, each of `shortestUs` or one more, depending on the carry. */
  skip(cycles: number, shortestUs: number, us: number): void {
    this.number += cycles;
    this.totalUs += us;
    this.longestUs = Math.max(this.longestUs, us > cycles * shortestUs ? shortestUs + 1 : shortestUs);
  }

  archive(a: Archive): void {
    this.number = a.number(this.number);
    this.startUs = a.number(this.startUs);
    this.endUs = a.number(this.endUs);
    this.longestUs = a.number(this.longestUs);
    this.totalUs = a.number(this.totalUs);
    this.changed = a.boolean(this.changed);
    this.#activity = a.number(this.#activity);
  }
}

class LiveGuest implements GuestView {
  readonly #guest: Guest;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  get total(): Pages {
    return this.#guest.memory.total;
  }
  get free(): Pages {
    return this.#guest.memory.free;
  }
  get freeHuge(): Pages {
    return this.#guest.memory.freeBlocks * HUGE_PAGE;
  }
  get kernel(): Pages {
    const { kernel, processorFree } = this.#guest.memory;
    return kernel + processorFree + this.#guest.heldByKernel;
  }
  get anon(): Pages {
    return this.#guest.memory.anon + this.#guest.heldByAnon;
  }
  get hugeAnon(): Pages {
    return this.#guest.memory.hugeAnon;
  }
  get activeAnon(): Pages {
    return this.#guest.memory.activeAnon;
  }
  get cache(): Pages {
    return this.#guest.memory.file + this.#guest.heldByFiles;
  }
  get activeCache(): Pages {
    return this.#guest.memory.activeFile;
  }
  get dirty(): Pages {
    return this.#guest.dirty;
  }
  get balloon(): Pages {
    return this.#guest.memory.balloon + this.#guest.heldByBalloon;
  }
  get swapCached(): Pages {
    return this.#guest.memory.swapCache.pages;
  }
  get swap(): Pages {
    return this.#guest.memory.swap;
  }
  get swapTotal(): Pages {
    return this.#guest.memory.swapTotal;
  }
  get watermarkMin(): Pages {
    return this.#guest.memory.watermarks.min;
  }
  get watermarkLow(): Pages {
    return this.#guest.memory.watermarks.low;
  }
  get watermarkHigh(): Pages {
    return this.#guest.memory.watermarks.high;
  }
  get swapOut(): Pages {
    return this.#guest.memory.swapOut;
  }
  get swapIn(): Pages {
    return this.#guest.memory.swapIn;
  }
  get refaults(): Pages {
    return this.#guest.memory.refaults;
  }
  get scanKswapd(): Pages {
    return this.#guest.memory.scanKswapd;
  }
  get scanDirect(): Pages {
    return this.#guest.memory.scanDirect;
  }
  get stealKswapd(): Pages {
    return this.#guest.memory.stealKswapd;
  }
  get stealDirect(): Pages {
    return this.#guest.memory.stealDirect;
  }
  get allocStalls(): number {
    return this.#guest.memory.allocStalls;
  }
  get allocFails(): number {
    return this.#guest.memory.allocFails;
  }
  get oomKills(): number {
    return this.#guest.memory.oomKills;
  }
  get downtimeUs(): number {
    return this.#guest.downUs;
  }
  get lostPages(): number {
    return this.#guest.lostPages;
  }
  get undonePages(): number {
    return this.#guest.undonePages;
  }
  get psiSomeUs(): number {
    return this.#guest.pressure.someUs;
  }
  get psiFullUs(): number {
    return this.#guest.pressure.fullUs;
  }
  get workloadStallUs(): number {
    return this.#guest.workloadStallUs;
  }
  get balloonStallUs(): number {
    return this.#guest.balloon.stallUs;
  }
}

class LiveWorkload implements WorkloadView {
  readonly #guest: Guest;
  readonly #index: number;

  constructor(guest: Guest, index: number) {
    this.#guest = guest;
    this.#index = index;
  }

  get oomKills(): number {
    return this.#guest.outageOf(this.#index).kills;
  }
  get firstKillUs(): number | null {
    const { kills, firstKillUs } = this.#guest.outageOf(this.#index);
    return kills === 0 ? null : firstKillUs;
  }
  get downtimeUs(): number {
    return this.#guest.outageOf(this.#index).downUs;
  }
  get lostPages(): number {
    return this.#guest.outageOf(this.#index).lostPages;
  }
}
