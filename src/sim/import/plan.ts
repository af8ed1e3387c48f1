/** The decisions about one machine before its rows are written. */
import { periodOption, rateOption, sizeOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote, shorten } from "../../common/quote.ts";
import { formatSize, MAX_PAGES, MAX_TIME_US } from "../../common/units.ts";
import { PROFILES } from "../trace/profile.ts";
import { MAX_CPUS } from "../trace/sections/machine.ts";
import { addsBalloon, chooseDemand, type DemandChoice, usesBalloon, withSwapped } from "./demand.ts";
import { checkSameMachine, type HostView, hostTarget } from "./host-view.ts";
import type { Format, Machine } from "./reader.ts";
import type { Report } from "./report.ts";
import { type StartState, startState } from "./start.ts";
import { factOf, type MachineSurvey } from "./survey.ts";
import type { TargetChoice, WantedTarget } from "./target-choice.ts";
import { FACTS, pagesPerUnit, type Quantity } from "./vocabulary.ts";

export const DUPLICATE_POLICIES = ["mean", "first", "last", "error"] as const;
/** Treatment of samples with the same time: their mean, the first, the last, or an error. */
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number];

/** The user's options for a log, as on the command line. */
export interface ImportOptions {
  /** RAM of the guest, such as `8GiB`, if the log does not contain it. */
  readonly memory?: string;
  /** Size of the guest's swap, such as `2GiB`, if the log does not contain it; default: none, with a warning. */
  readonly swap?: string;
  /** Size of the balloon while the log was taken, if the log does not contain it; default: 0, with a warning. */
  readonly balloon?: string;
  /** Default: the log's target, or none. */
  readonly target?: WantedTarget;
  /** Demand of the workload: a model of the format, or formulas such as `anon = active`; default: the first model that the log suffices for. */
  readonly demand?: string;
  /** Rate at which the workload touches its working set; default: `100MiB/s`. */
  readonly touch?: string;
  /** Rate at which the workload reads its files; default: `5MiB/s`. */
  readonly fileRead?: string;
  /** Profile of the guest, such as `linux-6.12`; default: `linux-6.1`, or that of the daemon that made a recording. */
  readonly profile?: string;
  /** Of samples with the same time: their `mean`, the default, the `first`, the `last`, or an `error`. */
  readonly duplicates?: string;
  /** A longer time without a sample is a gap, such as `10m`; default: two steps of most formats. */
  readonly gap?: string;
  /** The host's log of the machine. */
  readonly hostView?: HostView;
  /** The trace is that of a VM of an imported host: it is run under a policy, and its host may swap. */
  readonly isOfHost?: true;
}

/** A size with its source. */
export interface KnownSize {
  readonly pages: number;
  readonly how: "measured" | "inferred" | "given" | "assumed";
  /** The evidence, as a sentence without an end. */
  readonly evidence: string;
}

/** The conversion of one machine's log to a trace. */
export interface MachinePlan {
  readonly survey: MachineSurvey;
  readonly memory: KnownSize;
  readonly swap: KnownSize;
  readonly cpus: number | null;
  /** Size of the balloon, if no column contains it. */
  readonly balloon: KnownSize | null;
  readonly demand: DemandChoice;
  /** The state at the beginning of the trace. */
  readonly start: StartState;
  readonly target: TargetChoice;
  readonly touch: string;
  readonly fileRead: string;
  readonly profile: string;
  /** Whether the user named the profile, or the log tells it; else it is assumed. */
  readonly isProfileKnown: boolean;
  readonly duplicates: DuplicatePolicy;
  /** Usual time between two samples, in microseconds. */
  readonly stepUs: number;
  /** A longer time between two samples is a gap. */
  readonly gapUs: number;
  /** Time for which the last sample before a gap is valid. */
  readonly holdUs: number;
  readonly durationUs: number;
}

/** 16 MiB: kernels with a balloon need more. */
const LEAST_RAM_PAGES = 4096;
const DEFAULT_TOUCH = "100MiB/s";
const DEFAULT_FILE_READ = "5MiB/s";
const DEFAULT_PROFILE = "linux-6.1";
/** The profile of a guest whose balloon is a daemon. */
export const DAEMON_PROFILE = "balloon-hw";

/**
 * Plans the trace of one machine.
 * @param shown the log's name in messages
 * @param interval `--interval`: time for which the only sample of a log is valid
 * @throws {InputError} if neither the log nor an option gives a necessary value
 */
export function planMachine(
  survey: MachineSurvey,
  format: Format,
  options: ImportOptions,
  shown: string,
  report: Report,
  interval?: string,
): MachinePlan {
  const { columns, daemon } = survey.machine;
  const stepUs = stepOf(survey, format, interval, shown);
  const gapUs = options.gap === undefined ? stepUs * format.gapSteps : periodOption("--gap", options.gap);
  const durationUs = survey.lastUs - survey.firstUs + stepUs;
  if (durationUs > MAX_TIME_US) {
    throw new InputError(`${shown}: ${quote(survey.machine.id)} has samples over more than a hundred years`);
  }
  const memory = memoryOf(survey, options, shown, report);
  if (options.hostView !== undefined) checkSameMachine(options.hostView, memory.pages, survey.machine.id);
  if (survey.unrecorded.length > 0) {
    const fields = survey.unrecorded.map(({ field }) => field).join(", ");
    report.warn(`${survey.machine.id}: ${fields}: 0 in all samples, which is impossible: set to unknown`);
  }
  const known = columns.filter((_, index) => survey.ranges[index] !== null);
  const hasBalloon = known.some(({ quantity }) => quantity === "balloonSize");
  const hasTarget = known.some(({ quantity }) => quantity === "balloonTarget");
  const sizeRange = survey.ranges[columns.findIndex(({ quantity }) => quantity === "balloonSize")];
  const own = hasTarget ? "measured" : (sizeRange?.max ?? 0) > 0 ? "size" : "none";
  const ofHost =
    options.hostView === undefined || options.target !== undefined
      ? null
      : hostTarget(options.hostView, survey.firstUs, durationUs);
  const target: TargetChoice =
    ofHost === null ? (options.target?.(memory.pages, durationUs) ?? { kind: own }) : { kind: "series", ...ofHost };
  if (options.isOfHost) {
    // A policy sets the targets; those of the log are for comparison.
  } else if (target.kind === "size") {
    report.warn(
      "the log has no balloon target: the balloon's size is used instead, so the driver always reaches it soon (--target sets another target)",
    );
  } else if (target.kind === "none") {
    report.warn("the log has no balloon target: the target of the trace is 0 (--target sets one)");
  } else if (options.target !== undefined && hasTarget) {
    report.warn("--target replaces the log's balloon target");
  }
  if (hasBalloon && options.balloon !== undefined) {
    throw new InputError("--balloon: the log contains the balloon's size");
  }
  const duplicates = duplicatePolicy(options.duplicates ?? "mean");
  if (survey.duplicates > 0 && options.duplicates === undefined) {
    report.warn(
      `${survey.machine.id}: ${survey.duplicates} samples have the same time as the previous one: their mean is used (--duplicates changes this)`,
    );
  }
  const swap = swapOf(survey, options.swap, shown, report);
  const chosen = chooseDemand(options.demand ?? null, format, known, options.isOfHost);
  const hasSwapped = swap.pages > 0 && mostOf(survey, "swapUsed") > 0;
  const demand = hasSwapped ? withSwapped(chosen, known) : chosen;
  const profile = profileOption(options.profile ?? (daemon === undefined ? DEFAULT_PROFILE : DAEMON_PROFILE));
  if (!options.isOfHost) noteHostSwap(survey, report);
  const balloon = hasBalloon ? null : balloonOf(options.balloon, demand, report);
  return {
    survey,
    memory,
    swap,
    cpus: cpusOf(survey, report),
    balloon,
    demand,
    start: startState({ survey, memory, swap, balloon, demand, profile, shown }),
    target,
    touch: checkedRate("--touch", options.touch ?? DEFAULT_TOUCH),
    fileRead: checkedRate("--file-read", options.fileRead ?? DEFAULT_FILE_READ),
    profile,
    isProfileKnown: options.profile !== undefined || daemon !== undefined,
    duplicates,
    stepUs,
    gapUs,
    holdUs: Math.min(stepUs, gapUs),
    durationUs,
  };
}

function stepOf(survey: MachineSurvey, format: Format, interval: string | undefined, shown: string): number {
  if (survey.stepUs !== null) return survey.stepUs;
  if (interval !== undefined && format.options?.includes("interval")) return periodOption("--interval", interval);
  if (format.stepSeconds !== null) return format.stepSeconds * 1e6;
  throw new InputError(
    `${shown}: has one sample of ${quote(survey.machine.id)}, whose duration is unknown: a trace needs two samples${format.options?.includes("interval") ? ", or --interval" : ""}`,
  );
}

function memoryOf(
  survey: MachineSurvey,
  { memory: given, hostView, isOfHost }: ImportOptions,
  shown: string,
  report: Report,
): KnownSize {
  const measured = measuredMemory(survey, report);
  if (given !== undefined) {
    const pages = sizeOption("--memory", given);
    if (pages === 0) throw new InputError("--memory: expected more than 0");
    const other = measured ?? survey.found;
    if (other !== null && other.pages !== pages) {
      report.warn(`--memory ${given} overrides ${formatSize(other.pages)}, the value of the log`);
    }
    return { pages, how: "given", evidence: `--memory ${given}` };
  }
  if (survey.turns !== null) {
    const sizes = survey.turns.map((pages) => formatSize(pages)).join(" and ");
    throw new InputError(
      `${shown}: the RAM of ${quote(survey.machine.id)} alternates between ${sizes}: the log seems to have several machines under one name: separate them, or give --memory if it is one machine`,
    );
  }
  if (measured !== null) {
    if (measured.pages >= LEAST_RAM_PAGES) return possible(measured, shown);
    throw new InputError(
      `${shown}: ${measured.evidence} is ${formatSize(measured.pages)}, less than Linux needs: the log is probably in another unit (--unit, if the format has this option; else --memory)`,
    );
  }
  if (survey.found !== null) return { ...survey.found, how: "inferred" };
  if (hostView?.memory) return { ...hostView.memory, how: "inferred" };
  throw new InputError(
    `${shown}: the RAM of ${quote(survey.machine.id)} is not in the log and can't be inferred${survey.doubt === null ? "" : ` (${survey.doubt})`}: give it with ${isOfHost ? `--vm-memory, such as --vm-memory ${shellWord(survey.machine)}` : "--memory, such as --memory "}8GiB`,
  );
}

/** The name of a machine with an equals sign, as a shell reads it. */
function shellWord({ id, name }: Machine): string {
  const word = `${name ?? id}=`;
  return /^[\w.:/=@-]+$/.test(word) ? word : `'${shorten(word.replaceAll("'", "'\\''"))}'`;
}

/** The RAM in the log: the largest, if it changes. */
function measuredMemory(survey: MachineSurvey, report: Report): KnownSize | null {
  const { movingRam } = survey;
  if (movingRam === null) return measuredSize(survey, "memTotal", report);
  const { pages, evidence, spec } = movingRam;
  report.warn(
    `${survey.machine.id}: RAM lacks what the balloon holds, or changes: it is ${evidence}, and the balloon is ${spec.field}`,
  );
  return { pages, how: "measured", evidence: `${evidence} of the log` };
}

function swapOf(survey: MachineSurvey, given: string | undefined, shown: string, report: Report): KnownSize {
  if (given !== undefined) return { pages: sizeOption("--swap", given), how: "given", evidence: `--swap ${given}` };
  const measured = measuredSize(survey, "swapTotal", report);
  if (measured !== null) return possible(measured, shown);
  const none = factOf(survey, "swapTotal");
  if (none !== null) return { pages: 0, how: "measured", evidence: `${none.column.field} of the log` };
  const most = mostOf(survey, "swapUsed");
  if (most > 0) {
    report.warn("the log has swap in use, but not the size of swap: the largest use is assumed (--swap sets the size)");
    return { pages: most, how: "inferred", evidence: "the most that was in use, and it may be larger (--swap)" };
  }
  report.warn(
    "the log has no information about swap: no swap is assumed (--swap sets it, such as --swap 2GiB, or 0KiB for none); swap decides between OOM kills and stalls",
  );
  return { pages: 0, how: "assumed", evidence: "the log does not say its size (--swap)" };
}

/** The size of the balloon, if the log does not contain it; null if the demand does not use it. */
function balloonOf(given: string | undefined, demand: DemandChoice, report: Report): KnownSize | null {
  if (given !== undefined) return { pages: sizeOption("--balloon", given), how: "given", evidence: "--balloon" };
  if (!usesBalloon(demand)) return null;
  const effect = addsBalloon(demand)
    ? "the demand lacks the pages of a balloon"
    : "the pages of a balloon count as anonymous memory or the kernel's";
  report.warn(`the log has no balloon size: 0 is assumed (--balloon sets it); ${effect}`);
  return { pages: 0, how: "assumed", evidence: "not in the log, taken as 0 (--balloon)" };
}

/** The largest known value of an amount of memory, in pages; 0 if there is none. */
function mostOf({ machine, ranges }: MachineSurvey, quantity: Quantity): number {
  const index = machine.columns.findIndex((column, i) => column.quantity === quantity && ranges[i] !== null);
  const column = machine.columns[index];
  if (column === undefined) return 0;
  return Math.ceil((ranges[index]?.max ?? 0) * (pagesPerUnit(column.unit, Number.NaN) ?? 0));
}

/** Warns of the host's swap: a guest does not see it, and the simulated host has none. */
function noteHostSwap(survey: MachineSurvey, report: Report): void {
  if (mostOf(survey, "hostSwapped") === 0) return;
  report.warn(
    "the host had swapped out memory of the guest: in the trace all of it is in memory, because the simulation has no swap of the host",
  );
}

function cpusOf(survey: MachineSurvey, report: Report): number | null {
  const fact = factOf(survey, "cpus");
  if (fact === null || fact.max === 0) return null;
  if (Number.isInteger(fact.max) && fact.max <= MAX_CPUS) return fact.max;
  report.warn(`${fact.column.field} of the log is ${fact.max}, which is not a number of processors: omitted`);
  return null;
}

/** @throws {InputError} if a size exceeds the limit of traces */
function possible(size: KnownSize, shown: string): KnownSize {
  if (size.pages <= MAX_PAGES) return size;
  throw new InputError(`${shown}: ${size.evidence} is ${size.pages} pages, expected at most ${MAX_PAGES}`);
}

function measuredSize(survey: MachineSurvey, quantity: "memTotal" | "swapTotal", report: Report): KnownSize | null {
  const fact = factOf(survey, quantity);
  if (fact === null || fact.max === 0) return null;
  const perUnit = pagesPerUnit(fact.column.unit, Number.NaN);
  if (perUnit === null) throw new Error(`${quantity} is no size`);
  const pages = Math.round(fact.max * perUnit);
  const { field, how } = fact.column;
  if (fact.min < fact.max) {
    const least = formatSize(Math.round(fact.min * perUnit));
    report.warn(`${field} changes between ${least} and ${formatSize(pages)}: the larger value is used throughout`);
    // A sum of parts lacks memory that is in none of them, such as a part of the slab; the lacking part is at least as
    // large as the changes.
    if (how === "derived") {
      const option = quantity === "memTotal" ? "--memory" : "--swap";
      return { pages, how: "assumed", evidence: `the largest ${field} of the log, a sum that changes (${option})` };
    }
  }
  return { pages, how: "measured", evidence: `${fact.column.field} of the log` };
}

/** Checks a rate and returns it as written, which is a trace's notation. */
function checkedRate(option: string, text: string): string {
  rateOption(option, text);
  return text;
}

function profileOption(name: string): string {
  if (PROFILES.has(name)) return name;
  const known = [...PROFILES.keys()];
  throw new InputError(`--profile ${quote(name)}: expected one of ${known.join(", ")}${didYouMean(name, known)}`);
}

function duplicatePolicy(text: string): DuplicatePolicy {
  const policy = DUPLICATE_POLICIES.find((each) => each === text);
  if (policy !== undefined) return policy;
  throw new InputError(`--duplicates ${quote(text)}: expected one of ${DUPLICATE_POLICIES.join(", ")}`);
}

/** Columns that the rows of a trace contain as measured values: known ones that are no facts, each quantity once. */
export function measuredColumns(survey: MachineSurvey): number[] {
  const seen = new Set<string>();
  const indices: number[] = [];
  survey.machine.columns.forEach(({ quantity }, index) => {
    if (FACTS.has(quantity) || seen.has(quantity) || survey.ranges[index] === null) return;
    seen.add(quantity);
    indices.push(index);
  });
  return indices;
}
