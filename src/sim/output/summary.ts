import { formatTime, type PagesPerS } from "../../common/units.ts";
import { type UnusedRules, unusedRulesRemark } from "../host/unused-rules.ts";
import { type CycleRate, CycleRates } from "../measures/cycle-rates.ts";
import { Episodes } from "../measures/episodes.ts";
import { isLongCycle, ObjectiveMeter } from "../measures/meter.ts";
import type { TargetChange } from "../measures/target-follower.ts";
import { Totals } from "../measures/totals.ts";
import { isBalloonAssumed, isMemoryAssumed, isSwapAssumed } from "../trace/assumed.ts";
import { isCoarse } from "../trace/coarse.ts";
import type { Origin } from "../trace/types.ts";
import type { Observer, RunView } from "../view/types.ts";
import { caveatOf, unusedRulesIn } from "./caveats.ts";
import { type Damage, damageOf } from "./damage.ts";
import { TargetWatch } from "./target-watch.ts";

/** The results of a run. Times are whole microseconds, sizes pages; `summary-figures.ts` defines each figure. */
export interface Summary extends Damage {
  /** The trace's file, as given on the command line. */
  readonly trace: string;
  /** The trace's own name. */
  readonly name: string;
  /** Name of the balloon driver. */
  readonly driver: string;
  /** The changes made to the trace, in words; empty: none. */
  readonly whatIf: string;
  readonly seed: string;
  readonly durationUs: number;
  /** Whether the driver loaded, which the host can refuse. */
  readonly isLoaded: boolean;
  readonly targetChanges: readonly TargetChange[];
  readonly changes: number;
  readonly changesReached: number;
  readonly largestInflation: TargetChange | null;
  readonly inflation: Pace;
  readonly deflation: Pace;
  readonly finalTargetPages: number;
  readonly finalSizePages: number;
  readonly refusedPages: number;
  readonly resets: number;
  readonly cycles: number;
  readonly longCycles: number;
  readonly longestCycleUs: number;
  readonly driverCpuUs: number;
  readonly driverAllocFails: number;
  readonly stallSomeUs: number;
  readonly stallFullUs: number;
  readonly stallWorkloadUs: number;
  readonly stallDriverUs: number;
  readonly swapOutPages: number;
  readonly swapInPages: number;
  readonly refaultPages: number;
  readonly allocStalls: number;
  readonly allocFails: number;
  readonly unknownUs: number;
  /** Values of `OBJECTIVES`, in their order. */
  readonly objectives: readonly number[];
  /** What recordings say of the driver's results (`caveatOf`); one of the notes, too. */
  readonly caveat: string | null;
  /** Rules of the trace's host that changed nothing; one of the notes says so, too. */
  readonly unusedRules: UnusedRules;
  /** Facts that a reader of these figures needs, one sentence each. */
  readonly notes: readonly string[];
}

/** The rate of the balloon in one direction, over the cycles that moved pages in that direction. */
export interface Pace {
  readonly pages: number;
  /** Duration of the cycles that moved the `pacedPages`, each from its beginning to that of the next cycle. */
  readonly timeUs: number;
  /** Pages of the cycles whose time is known: all but those of the very last cycle. */
  readonly pacedPages: number;
  /** Highest rate of one cycle, in pages a second. */
  readonly peak: PagesPerS;
}

class PaceMeter {
  timeUs = 0;
  pacedPages = 0;
  peak: PagesPerS = 0;

  add(pages: number, { startUs, endUs }: CycleRate): void {
    if (pages === 0) return;
    this.pacedPages += pages;
    this.timeUs += endUs - startUs;
    this.peak = Math.max(this.peak, (pages * 1_000_000) / (endUs - startUs));
  }

  pace(pages: number): Pace {
    return { pages, timeUs: this.timeUs, pacedPages: this.pacedPages, peak: this.peak };
  }
}

/** Facts about a run that its observers do not see. */
export interface SummarizedRun {
  /** The trace's file, as given on the command line. */
  readonly trace: string;
  /** The seed that the run uses. */
  readonly seed: string;
  /** The changes made to the trace, in words; empty: none. */
  readonly whatIf: string;
}

/** The note of a summary about rules that changed nothing; none if there are none. */
export function rulesNotes(unused: UnusedRules): string[] {
  const remark = unusedRulesRemark(unused);
  return remark === null ? [] : [`${remark}.`];
}

/** Observes a run and summarizes it, in memory that does not grow with its length. */
export class Summarizer implements Observer {
  readonly #run: SummarizedRun;
  readonly #targets = new TargetWatch();
  readonly #episodes = new Episodes();
  readonly #rates = new CycleRates();
  readonly #totals = new Totals();
  readonly #objectives = new ObjectiveMeter();
  readonly #inflation = new PaceMeter();
  readonly #deflation = new PaceMeter();
  #longCycles = 0;
  /** Whether the target ever differed from the initial size of the balloon. */
  #hasMovedTarget = false;
  #summary: Summary | null = null;

  constructor(run: SummarizedRun) {
    this.#run = run;
  }

  target(view: RunView): void {
    this.#targets.target(view);
    this.#episodes.target(view);
    this.#objectives.target(view);
  }

  cycle(view: RunView): void {
    this.#hasMovedTarget ||= view.host.target !== view.trace.guest.balloon;
    this.#targets.cycle(view);
    this.#episodes.cycle(view);
    this.#objectives.cycle(view);
    this.#totals.update(view.balloon);
    if (isLongCycle(view)) this.#longCycles++;
    const rate = this.#rates.cycle(view);
    if (rate === null) return;
    this.#inflation.add(rate.inflated, rate);
    this.#deflation.add(rate.deflated, rate);
  }

  end(view: RunView): void {
    this.#targets.end(view);
    this.#episodes.end(view);
    this.#objectives.end(view);
    this.#totals.update(view.balloon);
    const { balloon, guest, cycle, trace } = view;
    const episodes = this.#episodes;
    const { isLoaded } = balloon;
    const caveat = caveatOf(view.policy);
    const unusedRules = unusedRulesIn(view);
    this.#summary = {
      ...this.#run,
      name: trace.name,
      driver: view.policy.name,
      durationUs: view.timeUs,
      isLoaded,
      targetChanges: episodes.listed,
      changes: episodes.count,
      changesReached: episodes.reached,
      largestInflation: episodes.largestInflation,
      inflation: this.#inflation.pace(this.#totals.locked),
      deflation: this.#deflation.pace(this.#totals.unlocked),
      finalTargetPages: view.host.target,
      finalSizePages: balloon.size,
      refusedPages: this.#totals.refused,
      // Loading takes one START; each further successful START is a reset.
      resets: balloon.resets,
      cycles: cycle.number,
      longCycles: this.#longCycles,
      longestCycleUs: cycle.longestUs,
      driverCpuUs: view.driverCpuUs,
      driverAllocFails: balloon.allocationFailures,
      stallSomeUs: guest.psiSomeUs,
      stallFullUs: guest.psiFullUs,
      stallWorkloadUs: guest.workloadStallUs,
      stallDriverUs: guest.balloonStallUs,
      swapOutPages: guest.swapOut,
      swapInPages: guest.swapIn,
      refaultPages: guest.refaults,
      allocStalls: guest.allocStalls,
      allocFails: guest.allocFails,
      ...damageOf(view),
      unknownUs: view.unknownUs,
      objectives: this.#objectives.values,
      caveat,
      unusedRules,
      notes: [
        ...notes(trace.origin, isLoaded, this.#targets.remark, view),
        ...this.#lateNotes(),
        ...this.#movingNotes(),
        ...rulesNotes(unusedRules),
        ...(caveat === null ? [] : [caveat]),
      ],
    };
  }

  /** A target that only moves along straight lines has no change from which a time to target can be counted. */
  #movingNotes(): string[] {
    if (!this.#hasMovedTarget || this.#episodes.count > 0) return [];
    return [
      "The target moves along a line and never jumps, so no change of it is counted: time to target, deficits and " +
        "give-back times are 0 and do not describe this run; reclaimed and excess area do.",
    ];
  }

  #lateNotes(): string[] {
    const { unobservedUs } = this.#episodes;
    if (unobservedUs === null) return [];
    return [
      `The change of the target at ${formatTime(unobservedUs)} is not counted: the run ended before the driver could ` +
        "receive it.",
    ];
  }

  /** The figures. Throws before the run is over. */
  get summary(): Summary {
    if (this.#summary === null) throw new Error("the run is not over");
    return this.#summary;
  }
}

function notes(
  { kind, sampleSeconds }: Origin,
  isLoaded: boolean,
  targetRemark: string | null,
  view: RunView,
): string[] {
  const lines: string[] = [];
  if (!isLoaded) lines.push("The driver did not load: the host did not accept START and GUEST_ID.");
  if (kind !== "synthetic" && sampleSeconds !== null && isCoarse(sampleSeconds)) {
    lines.push(
      `The trace has one value every ${sampleSeconds} s: changes in between are missing, so stalls, deficits and ` +
        "peak rates are those of a smoothed curve and too low.",
    );
  }
  if (isSwapAssumed(view.trace)) {
    const { oomKills } = view.guest;
    const kills = oomKills === 0 ? "" : `${oomKills} ${oomKills === 1 ? "OOM kill" : "OOM kills"}; `;
    lines.push(
      `${kills}${kills === "" ? "The" : "the"} import assumed a guest without swap, because the log has no ` +
        "information about swap (import --swap): this decides between kills and stalls.",
    );
  }
  if (isBalloonAssumed(view.trace)) {
    lines.push(
      "The import assumed an empty balloon, because the log has no information about a balloon (import --balloon): " +
        "the pages of a balloon count as demand.",
    );
  }
  if (isMemoryAssumed(view.trace)) {
    lines.push(
      "The import assumed the guest's RAM: its log has only a changing sum, whose largest value is used (import " +
        "--memory).",
    );
  }
  if (targetRemark !== null) lines.push(`${targetRemark.replace(/^t/, "T")}.`);
  if (view.unknownUs > 0) {
    lines.push("For part of the time a value of the trace is unknown: the last known value was used.");
  }
  return lines;
}
