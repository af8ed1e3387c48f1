import { setTimeout as wait } from "node:timers/promises";
import type { Machine } from "./machine.ts";
import {
  headerLine,
  RECORDING_FORMAT,
  RECORDING_VERSION,
  type RecordedBalloon,
  type RecordingHeader,
  sampleLine,
} from "./recording.ts";

/** The clocks of a recording. */
export interface RecordingClock {
  /** Milliseconds since 1970; may be set, forwards and backwards, during a recording. */
  wallMs(): number;
  /** Microseconds since an arbitrary beginning, on a clock that only moves forward. */
  monotonicUs(): number;
  /** Resolves at a time of the monotonic clock, or when the signal is aborted. */
  sleepUntil(monotonicUs: number, signal: AbortSignal): Promise<void>;
}

/** The clocks of this machine. */
export const SYSTEM_CLOCK: RecordingClock = {
  wallMs: () => Date.now(),
  monotonicUs: () => Math.floor(Number(process.hrtime.bigint()) / 1000),
  async sleepUntil(monotonicUs, signal) {
    for (;;) {
      const leftMs = (monotonicUs - SYSTEM_CLOCK.monotonicUs()) / 1000;
      if (leftMs <= 0 || signal.aborted) return;
      // A timer may fire a fraction of a millisecond early; one longer than 24 days would fire at once.
      await wait(Math.min(Math.ceil(leftMs), MAX_TIMER_MS), undefined, { signal }).catch(() => {});
    }
  },
};

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The sources, the times and the receivers of a recording. */
export interface RecordingRequest {
  readonly machine: Machine;
  readonly clock: RecordingClock;
  readonly program: RecordingHeader["program"];
  /** Parameters and limits of the recorder itself, if it is a balloon. */
  readonly balloon?: RecordedBalloon;
  /** Time between samples, in microseconds. */
  readonly everyUs: number;
  /** Length of the recording, in microseconds; Infinity: until the signal. */
  readonly forUs: number;
  /** Ends the recording. */
  readonly signal: AbortSignal;
  /** Receives a line, with its line break. An exception ends the recording. */
  write(line: string): void;
  /**
   * Called with the values of every sample, in the order of the machine's fields, before `onSample`; they are overwritten by the next
   * sample.
   */
  onValues?(wallMs: number, monotonicUs: number, values: Float64Array): void;
  /** Called after every sample. */
  onSample(progress: RecordingProgress): void;
  /** Called once when a file can no longer be read, and once when it can be read again. */
  onChange(path: string, why: string | null): void;
}

/** Progress of a recording. */
export interface RecordingProgress {
  readonly elapsedUs: number;
  readonly samples: number;
  /** Samples that were not taken, because the machine slept or this program did not run in time. */
  readonly missed: number;
}

/**
 * Records a machine: a header, then a sample in each interval. Samples are due at whole multiples of the interval after
 * the first. A sample that can't be taken before the next one is due is omitted and not made up for.
 */
export async function record(request: RecordingRequest): Promise<RecordingProgress> {
  const { clock, everyUs, forUs, signal } = request;
  const { sources } = request.machine;
  const values = new Float64Array(sources.reduce((sum, { fields }) => sum + fields.length, 0));
  const broken = new Set<string>();
  const startUs = clock.monotonicUs();
  let samples = 0;
  let missed = 0;
  let elapsedUs = 0;
  for (let turn = 0; turn * everyUs < forUs && !signal.aborted; ) {
    const wallMs = clock.wallMs();
    const monotonicUs = clock.monotonicUs();
    sample(request, values, broken);
    if (samples === 0) request.write(headerLine(headerOf(request, wallMs, values)));
    request.write(sampleLine(wallMs, monotonicUs, values));
    request.onValues?.(wallMs, monotonicUs, values);
    samples++;
    elapsedUs = monotonicUs - startUs;
    request.onSample({ elapsedUs, samples, missed });
    const next = Math.max(turn + 1, Math.ceil((clock.monotonicUs() - startUs) / everyUs));
    const due = Math.min(next, Math.ceil(forUs / everyUs));
    missed += due - (turn + 1);
    turn = next;
    await clock.sleepUntil(startUs + Math.min(turn * everyUs, forUs), signal);
  }
  return { elapsedUs, samples, missed };
}

/** Reads all files into `values`; reports files that can no longer be read, or can be read again. */
function sample({ machine, onChange }: RecordingRequest, values: Float64Array, broken: Set<string>): void {
  let at = 0;
  for (const source of machine.sources) {
    const why = source.sample(values, at);
    at += source.fields.length;
    if ((why !== null) === broken.has(source.path)) continue;
    if (why === null) broken.delete(source.path);
    else broken.add(source.path);
    onChange(source.path, why);
  }
}

function headerOf(
  { machine, program, everyUs, balloon }: RecordingRequest,
  wallMs: number,
  values: Float64Array,
): RecordingHeader {
  const columns = machine.sources.flatMap(({ fields }) => fields);
  const size = (field: string): number | null => {
    const index = columns.findIndex((column) => column.file === "meminfo" && column.field === field);
    const value = index === -1 ? Number.NaN : (values[index] as number);
    return Number.isNaN(value) ? null : value;
  };
  return {
    format: RECORDING_FORMAT,
    version: RECORDING_VERSION,
    program,
    start: wallMs / 1000,
    every: everyUs / 1e6,
    host: machine.facts,
    memory: { MemTotal: size("MemTotal"), SwapTotal: size("SwapTotal") },
    ...(balloon === undefined ? {} : { balloon }),
    columns,
    missing: machine.missing,
  };
}
