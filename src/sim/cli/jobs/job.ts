import type { TextSink } from "../../../common/cli/text-sink.ts";
import { InputError, RunError } from "../../../common/errors.ts";
import type { BegunBytes } from "../../../common/files/bytes.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { formatTime } from "../../../common/units.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import type { CauseRecording, ShownEpisode } from "../../causes/index.ts";
import type { UnusedRules } from "../../host/unused-rules.ts";
import { unusedRulesIn } from "../../output/caveats.ts";
import { type Column, columnsOf } from "../../output/columns.ts";
import { type Damage, damageOf } from "../../output/damage.ts";
import { leadingColumns } from "../../output/leading-columns.ts";
import type { PlotData } from "../../output/plot-data.ts";
import { Recorder, type RowChoice } from "../../output/recorder.ts";
import { LOOK_US } from "../../output/row-choice.ts";
import { RowEncoder, type RowFormat } from "../../output/row-format.ts";
import type { RunName } from "../../output/run-labels.ts";
import type { Strips } from "../../output/strips.ts";
import type { Summary } from "../../output/summary.ts";
import { TargetWatch } from "../../output/target-watch.ts";
import { checkDriver } from "../../run/policy-fits.ts";
import { Simulation, type SimulationOptions } from "../../run/simulation.ts";
import type { Archived } from "../../state/archive.ts";
import { restoreState, saveState } from "../../state/save.ts";
import { guestText } from "../../trace/guest-text.ts";
import { shownInput } from "../../trace/input.ts";
import { openTrace } from "../../trace/open.ts";
import type { TraceSource } from "../../trace/types.ts";
import { applyWhatIf, type WhatIf, whatIfText, whatIfWarnings } from "../../trace/what-if.ts";
import { observeAll } from "../../view/observe-all.ts";
import type { Observer } from "../../view/types.ts";
import type { DriverOption } from "../given-driver.ts";
import { openContent, type TraceContent } from "./trace-content.ts";

/** One run: plain data, which can be sent to a worker thread. */
export interface Job {
  /** File or name of the trace. */
  readonly trace: string;
  /** Its name in messages, if it differs. */
  readonly shown?: string;
  /** The trace's texts, if its files are on another machine. */
  readonly content?: TraceContent;
  /** What was read of the trace before the run, if it can be read only once. */
  readonly begun?: BegunBytes;
  /** Its name in rows and summaries: as given, with a number if it is given several times. */
  readonly traceColumn: string;
  /** Name of the balloon driver. */
  readonly driver: string;
  /** What of the command names it; null: nothing does, so it must be the one that the trace names, if it names one. */
  readonly driverBy: DriverOption | null;
  readonly rates: Params;
  /** Replaces the trace's seed; null: the trace's own. */
  readonly seed: string | null;
  /** Number of its world: 1 is the trace as written. */
  readonly world: number;
  /** Changes to the trace. */
  readonly whatIf: WhatIf;
  /** The rows to write; null: none. */
  readonly rows: RowsSpec | null;
  readonly wantsSummary: boolean;
  /** Whether the summary lists each change of the target: for thousands of runs that would fill the memory. */
  readonly wantsChanges: boolean;
  readonly wantsPlot: boolean;
  /** Whether the run is summed up in intervals, for the page of a fleet. */
  readonly wantsStrips?: true;
  /** Whether the result says why the run stalled. */
  readonly wantsCauses?: boolean;
  /** How many of its worst times the result tells in words; absent: none. */
  readonly mostEpisodes?: number;
  /** The state of the suspended run that this one resumes; null: the run begins at time 0. */
  readonly state: Float64Array | null;
  /** Time at which the run is suspended, after its events, in microseconds; null: it runs to its end. */
  readonly suspendAtUs: number | null;
}

export interface RowsSpec {
  /** Names of columns. */
  readonly columns: readonly string[];
  readonly format: RowFormat;
  /** Whether rows are written without their leading columns, for conversion to another format. */
  readonly isBare?: true;
  readonly choice: RowChoice;
  /** Time between rows in microseconds, if `choice` is `sample`. */
  readonly sampleUs: number | null;
  readonly placement: {
    /** Whether the rows begin with the columns `trace` and `name`. */
    readonly isNamed: boolean;
    /** The value of the column `world` behind them; null: there is no such column. */
    readonly world: number | null;
    /** Whether these are the last rows of the document. */
    readonly last: boolean;
  };
}

/** The result of a run, besides its rows. */
export interface JobResult {
  /** The trace's own name. */
  readonly name: string;
  /** A random number drawn at the end: equal in equal runs. */
  readonly finalDraw: string;
  readonly summary: Summary | null;
  readonly plot: PlotData | null;
  /** The run in intervals, if the job wants that. */
  readonly strips?: Strips;
  /** Why the run stalled; null: not wanted. */
  readonly causes: CauseRecording | null;
  /** The run's worst times in words, the worst first, if the job wants them. */
  readonly episodes?: readonly ShownEpisode[];
  /** The OOM kills up to then. */
  readonly damage: Damage;
  /** The state of a suspended run; null if the run has ended. */
  readonly state: Float64Array | null;
  readonly rows: RowCount;
  /** A description of the guest without its driver, in a line that is safe to print. */
  readonly guest: string;
  /** Warnings about `--target` and `--until` on this trace, one line each. */
  readonly warnings: readonly string[];
  /** A remark about the trace's own target if it exceeds the guest's RAM; else null. */
  readonly targetRemark: string | null;
  /** Rules of the trace's host that changed nothing; of a suspended run only those that can't change anything. */
  readonly unusedRules: UnusedRules;
  /** The driver that the trace names; null: it names none. */
  readonly traceDriver: string | null;
}

/** The number of rows of a run. */
export interface RowCount {
  readonly count: number;
  /** Samples of the measured trace in the simulated time, and their interval in microseconds; null for other traces. */
  readonly samples: number | null;
  readonly sampleUs: number | null;
}

/** Called between the slices of a run, with its progress, 0 to 1. */
export type Pace = (progress: number) => Promise<void> | void;

/** Events of a slice: a few milliseconds of real time. */
const SLICE_EVENTS = 2048;

/** Executes a run and writes its rows to `sink`, which is flushed at the end, also if the run fails. */
export async function runJob(job: Job, sink: TextSink, pace: Pace = () => {}): Promise<JobResult> {
  const shown = job.shown ?? job.trace;
  const opened = job.content === undefined ? openTrace(job.trace, shown, job.begun) : openContent(job.content, shown);
  const source = applyWhatIf(opened, job.whatIf, shown);
  try {
    checkSuspendTime(job, source.trace.durationUs);
    checkDriver(source.trace, job.driver, job.driverBy !== null, shownInput(shown));
    const targets = new TargetWatch();
    const observers: Observer[] = [targets];
    const name = { trace: job.traceColumn, name: source.trace.name };
    const recorder = job.rows === null ? null : recorderOf(policyNamed(job.driver, "--driver"), job.rows, name, sink);
    if (recorder !== null) observers.push(recorder);
    const summarizer = job.wantsSummary ? await createSummarizer(job, job.seed ?? source.trace.seed) : null;
    if (summarizer !== null) observers.push(summarizer);
    const plotter = job.wantsPlot ? await createPlotRecorder(job.traceColumn) : null;
    if (plotter !== null) observers.push(plotter);
    const striper = job.wantsStrips ? await createStripRecorder() : null;
    if (striper !== null) observers.push(striper);

    const observer = observeAll(observers);
    const causes = job.wantsCauses === true || job.mostEpisodes !== undefined ? await createCauseRecorder() : null;
    const options = { ...simulationOptions(job), ...(causes === null ? {} : { causes }) };
    const simulation = new Simulation(source, options, job.state === null ? observer : {});
    const parts: readonly Archived[] = recorder === null ? [simulation] : [simulation, recorder];
    if (job.state !== null) {
      restore(parts, job.state);
      simulation.observe(observer);
    }
    try {
      while (simulation.runFor(SLICE_EVENTS, job.suspendAtUs ?? Number.POSITIVE_INFINITY)) {
        if (sink.isFull) await sink.flush();
        await pace(simulation.progress);
      }
    } finally {
      await sink.flush();
    }
    // The length of a trace in rows may be known only at its end.
    if (job.suspendAtUs !== null && simulation.isOver)
      throw new RunError(overAt(job.suspendAtUs, simulation.view.timeUs));
    const unusedRules = unusedRulesIn(simulation.view);
    const { driver } = source.trace.guest;
    return {
      name: source.trace.name,
      finalDraw: simulation.finalDraw(),
      summary: summarizer === null ? null : asWanted(summarizer.summary, job, source),
      plot: plotter?.data ?? null,
      ...(striper === null ? {} : { strips: striper.strips }),
      causes: job.wantsCauses === true ? (causes?.recording ?? null) : null,
      ...(causes === null || job.mostEpisodes === undefined
        ? {}
        : { episodes: await episodesIn(causes.recording, job.mostEpisodes) }),
      damage: damageOf(simulation.view),
      state: job.suspendAtUs === null ? null : saveState(parts),
      rows: rowCount(recorder?.rows ?? 0, source.trace.origin.sampleSeconds, simulation.view.timeUs),
      // Without the driver that the trace names: the run's own is known to all who show it.
      guest: guestText({ ...source.trace.guest, driver: null }),
      warnings: whatIfWarnings(source, job.whatIf, shown),
      targetRemark: job.whatIf.target === null ? targets.remark : null,
      unusedRules: job.suspendAtUs === null ? unusedRules : { ...unusedRules, idle: [] },
      traceDriver: driver,
    };
  } finally {
    source.close();
  }
}

/** Refuses, before any row is printed, a run that is known to end before the time at which it is to be suspended. */
function checkSuspendTime({ suspendAtUs }: Job, durationUs: number): void {
  if (suspendAtUs !== null && suspendAtUs >= durationUs) throw new InputError(overAt(suspendAtUs, durationUs));
}

const overAt = (suspendAtUs: number, endUs: number): string =>
  `--at ${formatTime(suspendAtUs)}: the run is over at ${formatTime(endUs)}`;

function rowCount(count: number, sampleSeconds: number | null, endUs: number): RowCount {
  if (sampleSeconds === null) return { count, samples: null, sampleUs: null };
  const sampleUs = Math.round(sampleSeconds * 1e6);
  return { count, samples: Math.ceil(endUs / sampleUs), sampleUs };
}

/**
 * The summary as the job wants it, with the changes to the trace: the end of a trace in rows is known after the run.
 */
const asWanted = (summary: Summary, { whatIf, wantsChanges }: Job, source: TraceSource): Summary => ({
  ...summary,
  whatIf: whatIfText(whatIf, [source]),
  ...(wantsChanges ? {} : { targetChanges: [] }),
});

function restore(parts: readonly Archived[], state: Float64Array): void {
  try {
    restoreState(parts, state);
  } catch (error) {
    if (error instanceof RangeError)
      throw new InputError("--resume: the checkpoint is damaged: its state does not belong to the run");
    throw error;
  }
}

// Loaded only for runs with a summary.
const createSummarizer = async ({ traceColumn }: Job, seed: string) =>
  new (await import("../../output/summary.ts")).Summarizer({ trace: traceColumn, seed, whatIf: "" });
const createCauseRecorder = async () => new (await import("../../causes/recorder.ts")).CauseRecorder();
const episodesIn = async (recording: CauseRecording, most: number) =>
  (await import("../../causes/shown.ts")).shownEpisodes(recording, most).episodes;
const createPlotRecorder = async (trace: string) => new (await import("../../output/plot-data.ts")).PlotRecorder(trace);

const createStripRecorder = async () => new (await import("../../output/strips.ts")).StripRecorder();

function recorderOf(policy: BalloonPolicy, rows: RowsSpec, name: RunName, sink: TextSink): Recorder {
  const byName = new Map(columnsOf(policy).map((column) => [column.name, column]));
  const columns = rows.columns.map((name) => byName.get(name) as Column);
  const { isNamed, world, last } = rows.placement;
  const leading = rows.isBare ? null : leadingColumns(rows.format, isNamed ? name : null, world);
  const encoder = new RowEncoder(rows.format, columns, { leading, last });
  return new Recorder(policy, columns, rows.choice, encoder, (text) => sink.write(text));
}

function simulationOptions({ driver, rates, seed, world, rows, wantsPlot, wantsStrips }: Job): SimulationOptions {
  const policy = policyNamed(driver, "--driver");
  const looks = policy.isInterrupted === true && (wantsPlot || wantsStrips || rows?.choice === "change");
  const sampleUs = rows?.sampleUs ?? (looks ? LOOK_US : null);
  return {
    policy,
    rates,
    world,
    ...(seed === null ? {} : { seed }),
    ...(rows?.choice === "cycle" ? { everyCycle: true } : {}),
    ...(sampleUs === null ? {} : { sampleEveryUs: sampleUs }),
  };
}
