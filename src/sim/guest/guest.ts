import { InputError } from "../../common/errors.ts";
import { formatSize, type Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import type { AnswerPath } from "../time/pending-answer.ts";
import { SLOTS_BEFORE_WORKLOADS, Slot, type VmSlots } from "../time/slots.ts";
import type { Timeline } from "../time/timeline.ts";
import { balloonCosts, lruOf, type Profile, profileOf, type TimerRules, timerOf } from "../trace/profile.ts";
import type { Change, Costs, GuestSpec, SeriesId, WorkloadSpec } from "../trace/types.ts";
import { COST_FIELDS, SERIES_KERNEL_MEMORY, WORKLOAD_FIELDS, type WorkloadField } from "../trace/types.ts";
import { Value } from "../trace/value.ts";
import { varied, type World, worldOf } from "../trace/world.ts";
import { type CauseSink, Wait } from "../view/causes.ts";
import { AnonThread } from "./anon-thread.ts";
import type { Backing } from "./backing.ts";
import { BalloonPages } from "./balloon.ts";
import { type Shrinker, ShrinkingReclaim } from "./balloon-shrinker.ts";
import type { GuestContext } from "./context.ts";
import { FileThread } from "./file-thread.ts";
import { Flusher } from "./flusher.ts";
import { FreePageReporting } from "./free-page-reporting.ts";
import { GenerationalReclaim } from "./generational-reclaim.ts";
import { KernelThread } from "./kernel-thread.ts";
import { Kswapd } from "./kswapd.ts";
import { GuestMemory } from "./memory.ts";
import { Outage } from "./outage.ts";
import { Pressure } from "./pressure.ts";
import { Processors } from "./processors.ts";
import { Reclaim, SWAP_CLUSTER_MAX, sliceNsOf } from "./reclaim.ts";
import { TranslationFlushes } from "./translation-flushes.ts";
import { watermarks } from "./watermarks.ts";
import type { WorkloadPages } from "./workload-pages.ts";
import { type OomRelief, type OutageView, Workloads } from "./workloads.ts";

/** Where a guest stands. */
export interface GuestPlace {
  readonly timeline: Timeline;
  /** The slots of its VM. */
  readonly slots: VmSlots;
  /** The frames of its balloon. */
  readonly frames: BalloonFrames;
  /** Where its allocator's answers to the driver go. */
  readonly answers: AnswerPath;
  /** What its host takes for a command, in nanoseconds; 0 if absent. */
  readonly commandNs?: number;
  /** Factors of the costs and of the workloads' rates; 1 if absent. */
  readonly world?: World;
  /** Called with the index of the workload that the OOM killer has killed. */
  readonly killed?: (workload: number) => void;
  /** The balloon's shrinker, which reclaim calls; absent: there is none. */
  readonly shrinker?: Shrinker | undefined;
  /** The balloon's relief before an OOM kill; absent: there is none. */
  readonly oomRelief?: OomRelief | undefined;
  /** Called with the messages and pages of each report of free pages; absent: the kernel does not report any. */
  readonly reported?: ((messages: number, pages: Pages) => void) | undefined;
  /** Creates the host under the guest, of its memory; absent: the guest has its memory for itself. */
  readonly backing?: ((memory: GuestMemory) => Backing) | undefined;
  /** Is told of waits and failures; absent: nothing is. */
  readonly causes?: CauseSink | null;
}

/**
 * The batch of reclaim is memory divided by this, at least the kernel's 32 pages: larger than the kernel's in guests
 * above 1 GiB, which saves events. It is also the target of a round of direct reclaim.
 */
const PAGES_PER_BATCH_PAGE = 8192;

/** Series of a workload that its pace multiplies. */
const PACED: readonly WorkloadField[] = ["touch", "fileRead", "fileWrite"];

/**
 * The guest: its memory, and the actors that work with it: kswapd, the flusher, the kernel, each workload's two threads,
 * and the balloon's allocator. It owns the timeline's slots of these actors.
 */
export class Guest implements Archived {
  readonly profile: Profile;
  /** Rules of the balloon driver's timer. */
  readonly timer: TimerRules;
  readonly memory: GuestMemory;
  readonly pressure: Pressure;
  readonly balloon: BalloonPages;
  readonly #processors: Processors;
  readonly #spec: GuestSpec;
  readonly #kswapd: Kswapd;
  readonly #flusher: Flusher;
  readonly #kernel: KernelThread;
  readonly #workloads: Workloads;
  /** Reclaim that shrinks the balloon; null: it does not. */
  readonly #shrinking: ShrinkingReclaim | null;
  /** Null: the kernel does not report free pages. */
  readonly reporting: FreePageReporting | null;
  readonly #values: Value[];
  /** Factor of the values of each series: the pace of a workload for its rates, else 1. */
  readonly #factors: readonly number[];

  /** @throws {InputError} if the trace names an unknown profile */
  constructor(
    spec: GuestSpec,
    workloads: readonly WorkloadSpec[],
    {
      timeline,
      slots,
      frames,
      answers,
      commandNs = 0,
      world = worldOf("", 1, workloads.length),
      killed = () => {},
      shrinker,
      oomRelief,
      reported,
      backing: backed,
      causes = null,
    }: GuestPlace,
  ) {
    this.profile = profileOf(spec);
    const { kernel, machine, balloon } = this.profile;
    this.timer = timerOf(spec, this.profile);
    this.#spec = spec;
    const costs = costsOf({ ...balloonCosts(this.profile), ...spec.costs }, world.costs);
    const scale = spec.watermarkScaleFactor ?? kernel.watermarkScaleFactor;
    const marks = watermarks(spec.memory, kernel, spec.minFree, scale, spec.thp);
    const swappiness = spec.swappiness ?? kernel.swappiness;
    const { swapWriteNs } = costs;
    this.memory = new GuestMemory({
      total: spec.memory,
      swapTotal: spec.swap,
      rules: kernel,
      lru: lruOf(spec, this.profile),
      swapQueue: machine.swapQueue,
      watermarks: marks,
      lowmemReserve: spec.lowmemReserve,
      swappiness,
      workloads,
      swapWriteNs,
      thp: spec.thp,
    });
    const cpus = spec.cpus ?? machine.cpus;
    const tickNs = 1e9 / (spec.hz ?? machine.hz);
    const busyCpus = workloads.reduce((sum, { cpu }) => sum + Math.ceil(cpu), 0);
    this.pressure = new Pressure(slots, cpus, busyCpus);
    this.#processors = new Processors({
      timeline,
      actors: slots,
      cpus,
      turnNs: tickNs,
      eventless: this.pressure,
    });
    const processors = this.#processors;

    const reclaimBatch = Math.max(SWAP_CLUSTER_MAX, Math.floor(spec.memory / PAGES_PER_BATCH_PAGE));
    this.#workloads = new Workloads(timeline, this.memory, killed, oomRelief);
    this.#flusher = new Flusher({
      memory: this.memory,
      timeline,
      slot: slots.of(Slot.Flusher),
      writeNs: costs.fileWriteNs,
      writers: this.#workloads,
    });
    const { memory, pressure } = this;
    const backing = backed?.(memory) ?? null;
    const sliceNs = sliceNsOf(cpus, reclaimBatch);
    const flushes = new TranslationFlushes({ slots, processors, pressure, flushNs: costs.flushNs });
    const parts = { memory, costs, batch: reclaimBatch, sliceNs, timeline, flusher: this.#flusher, flushes, backing };
    const { generations } = memory;
    const pages = generations === null ? new Reclaim(parts) : new GenerationalReclaim(generations, parts);
    this.#shrinking = shrinker === undefined ? null : new ShrinkingReclaim(pages, shrinker);
    const reclaim = this.#shrinking ?? pages;
    const settling = this.#workloads;
    this.reporting = reported
      ? new FreePageReporting({ timeline, slot: slots.reporting, memory, backing, settling, reported })
      : null;
    this.#kswapd = new Kswapd(
      { timeline, memory, reclaim, pressure, processors, settling, sliceNs, causes },
      slots.of(Slot.Kswapd),
    );
    // Not a spread of the context above: V8 gives such objects different layouts in one process, and the threads' code
    // is slower for each further one.
    const context: GuestContext = {
      timeline,
      slots,
      memory,
      reclaim,
      pressure,
      processors,
      settling,
      sliceNs,
      causes,
      costs,
      backing,
      balloon,
      tickNs: 1e9 / this.timer.hz,
      reclaimBatch,
      kswapd: this.#kswapd,
      oomKiller: this.#workloads,
    };
    this.balloon = new BalloonPages(context, spec, slots.of(Slot.Balloon), frames, answers, commandNs);

    this.#values = Array.from(
      { length: SERIES_KERNEL_MEMORY + 1 + workloads.length * WORKLOAD_FIELDS.length },
      () => new Value(),
    );
    this.#factors = [
      ...new Array<number>(SERIES_KERNEL_MEMORY + 1).fill(1),
      ...world.workloads.flatMap(({ pace }) => WORKLOAD_FIELDS.map((field) => (PACED.includes(field) ? pace : 1))),
    ];
    const value = (id: SeriesId) => this.#values[id] as Value;
    this.#kernel = new KernelThread(context, slots.of(Slot.Kernel), value(SERIES_KERNEL_MEMORY));
    workloads.forEach((workload, i) => {
      const pages = this.memory.workloads[i] as WorkloadPages;
      const first = SERIES_KERNEL_MEMORY + 1 + i * WORKLOAD_FIELDS.length;
      const [anon, workingSet, touch, set, read, write] = [0, 1, 2, 3, 4, 5].map((f) => value(first + f)) as [
        Value,
        Value,
        Value,
        Value,
        Value,
        Value,
      ];
      const outage = new Outage();
      const { phase = 0 } = world.workloads[i] ?? {};
      this.#workloads.add({
        anon: new AnonThread(context, {
          slot: slots.ofAnon(i),
          pages,
          outage,
          values: { anon, workingSet: workload.workingSet === null ? null : workingSet, touch },
          phase,
        }),
        files: new FileThread(context, {
          slot: slots.ofFiles(i),
          pages,
          outage,
          flusher: this.#flusher,
          values: { set, read, write },
        }),
        outage,
      });
    });
  }

  /**
   * Sets up the state of time 0: first the kernel's memory, then the balloon, then anonymous memory without its part in
   * swap, then page cache. All but the balloon leave `high` free; demand that does not fit is allocated later.
   * @param large the balloon's pages in pages of 2 MiB
   * @throws {InputError} if the balloon does not fit
   */
  warmUp(large: Pages = 0): void {
    this.#kernel.warmUp();
    this.#inflate(large);
    this.#workloads.warmUp();
  }

  /** Allocates the balloon of time 0, down to `min`. */
  #inflate(large: Pages): void {
    const { memory } = this;
    const pages = this.#spec.balloon;
    const { min } = memory.watermarks;
    if (pages > memory.free - min && pages > 0) {
      throw new InputError(
        `$.guest.balloon: ${formatSize(pages)} of ${formatSize(memory.total)} in the balloon at time 0, but beside the ` +
          `kernel's memory and the ${formatSize(min)} that it keeps free there are only ` +
          formatSize(Math.max(0, memory.free - min)),
      );
    }
    this.balloon.warmUp(pages, large);
  }

  /**
   * Sets the current segment of a series other than the host's target: from `value` at `atUs` in a line to `untilValue`
   * at `untilUs`.
   */
  change({ series, atUs, value, untilUs, untilValue }: Readonly<Change>): void {
    this.settle();
    const factor = this.#factors[series] as number;
    (this.#values[series] as Value).set(atUs, varied(value, factor), untilUs, varied(untilValue, factor));
  }

  /** Called after all changes at one time: each idle actor schedules its next action anew. */
  look(): void {
    this.#kernel.look();
    this.#workloads.look();
  }

  /** Whether any series has no known value now: the trace has a gap. */
  get unknown(): boolean {
    return this.#values.some((value) => value.unknown);
  }

  /** Dirty pages now. */
  get dirty(): Pages {
    // The threads' counts may exceed the limit together.
    return Math.max(this.memory.dirty, Math.min(this.#workloads.dirty, this.#flusher.limit));
  }

  /**
   * Integrates the workloads' touches, reads and writes up to now. Call it only before a change of state
   * (`Workloads.settle`).
   */
  settle(): void {
    this.#workloads.settle();
  }

  /** The event of one of the guest's actors, all but the balloon, by its slot as `Slot` counts it. */
  resume(actor: number): void {
    if (actor === Slot.Kswapd) this.#kswapd.resume();
    else if (actor === Slot.Flusher) this.#flusher.resume();
    else if (actor === Slot.Kernel) this.#kernel.resume();
    else {
      const thread = actor - SLOTS_BEFORE_WORKLOADS;
      if (thread % 2 === 0) this.#workloads.resumeAnon(thread >> 1);
      else this.#workloads.resumeFiles(thread >> 1);
    }
  }

  /**
   * Time that the workloads and the kernel have waited in direct reclaim, for swap reads and for refaulted file pages.
   */
  get workloadStallUs(): number {
    return this.#kernel.reclaimStallUs + this.#workloads.stallUs;
  }

  /** What each actor that waits now waits for (`Wait`), by the number of the actor (`Slot`); kswapd, if it runs. */
  get waits(): readonly (readonly [actor: number, wait: number])[] {
    const waits: [number, number][] = [];
    if (this.balloon.waiting) waits.push([Slot.Balloon, Wait.DirectReclaim]);
    if (this.#kswapd.isRunning) waits.push([Slot.Kswapd, Wait.Kswapd]);
    if (this.#kernel.isReclaiming) waits.push([Slot.Kernel, Wait.DirectReclaim]);
    for (let i = 0; i < this.memory.workloads.length; i++) {
      this.#workloads.waitsOf(i).forEach((wait, thread) => {
        if (wait >= 0) waits.push([SLOTS_BEFORE_WORKLOADS + 2 * i + thread, wait]);
      });
    }
    return waits;
  }

  /** The effect of OOM kills on a workload so far. */
  outageOf(workload: number): OutageView {
    return this.#workloads.outageOf(workload);
  }

  /** Time that workloads have been down, in microseconds, and their lost accesses to pages; sums over all workloads. */
  get downUs(): number {
    return this.#workloads.downUs;
  }
  get lostPages(): number {
    return this.#workloads.lostPages;
  }

  /** Accesses to pages that the workloads have not made because they waited; a sum over all workloads. */
  get undonePages(): number {
    return this.#workloads.undonePages;
  }

  /** Pages that allocations in progress have taken, by actor. */
  get heldByKernel(): Pages {
    return this.#kernel.held;
  }
  get heldByBalloon(): Pages {
    return this.balloon.held;
  }
  get heldByAnon(): Pages {
    return this.#workloads.heldByAnon;
  }
  get heldByFiles(): Pages {
    return this.#workloads.heldByFiles;
  }

  archive(a: Archive): void {
    this.memory.archive(a);
    this.pressure.archive(a);
    this.#processors.archive(a);
    this.balloon.archive(a);
    this.#kswapd.archive(a);
    this.#flusher.archive(a);
    this.#kernel.archive(a);
    this.#workloads.archive(a);
    this.#shrinking?.archive(a);
    this.reporting?.archive(a);
    for (const value of this.#values) value.archive(a);
    this.#workloads.settledUs = a.number(this.#workloads.settledUs);
  }
}

/** The costs multiplied by their factors. */
function costsOf(costs: Costs, factors: Costs): Costs {
  const product: Record<keyof Costs, number> = { ...costs };
  for (const field of COST_FIELDS) product[field] = varied(costs[field], factors[field]);
  return product;
}
