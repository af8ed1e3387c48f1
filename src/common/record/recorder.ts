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

/** The time that a recording goes by. */
export interface RecordingClock {
  /** Milliseconds since 1970; may be set, forwards and backwards, while a recording goes on. */
  wallMs(): number;
  /** Microseconds since some beginning, on a clock that only moves forward. */
  monotonicUs(): number;
  /** Comes back at an instant of the monotonic clock, or when the signal is given. */
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
      // A timer may be early by a fraction of a millisecond; one longer than 24 days would end at once.
      await wait(Math.min(Math.ceil(leftMs), MAX_TIMER_MS), undefined, { signal }).catch(() => {});
    }
  },
};

const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a recording is made of, and for how long. */
export interface RecordingRequest {
  readonly machine: Machine;
  readonly clock: RecordingClock;
  readonly program: RecordingHeader["program"];
  /** What the recorder goes by, if it is a balloon. */
  readonly balloon?: RecordedBalloon;
  /** Time between samples, in microseconds. */
  readonly everyUs: number;
  /** Time that is covered, in microseconds; Infinity: until the signal. */
  readonly forUs: number;
  /** Ends the recording. */
  readonly signal: AbortSignal;
  /** Takes a line, its break included. What it throws ends the recording. */
  write(line: string): void;
  /** Learns of every sample. */
  onSample(progress: RecordingProgress): void;
  /** Learns of a file that can't be read any more, or again; once each time. */
  onChange(path: string, why: string | null): void;
}

/** How far a recording is. */
export interface RecordingProgress {
  readonly elapsedUs: number;
  readonly samples: number;
  /** Samples that were due while the machine or this program was not able to take them. */
  readonly missed: number;
}

/**
 * Records a machine: a header, then a sample every so often. Samples are due at whole multiples of the interval after the
 * first; one that can't be taken before the next is due is left out, never made up for by two in a row.
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

/** Reads all files into `values`; notes which can't be read any more, and which can again. */
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
