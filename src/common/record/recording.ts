/**
 * The format of a recording: JSON lines, each written by one write, so that a file is valid up to its last line break
 * if the recording is interrupted. The first line is a header; the others are samples.
 */

import type { Rates } from "../../engine/index.ts";
import type { GiveWaySettings } from "../give-way.ts";
import type { Kib, Percent, Seconds } from "../units.ts";
import type { MissingSource, RecordedField } from "./fields.ts";

/** The field `format` of a header. */
export const RECORDING_FORMAT = "balloon-sim/recording";
export const RECORDING_VERSION = 1;

/** Facts about the machine; null if unknown. */
export interface HostFacts {
  readonly name: string | null;
  readonly kernel: string | null;
  readonly arch: string | null;
  readonly cpus: number | null;
  readonly pageBytes: number | null;
  /** Timer ticks a second of the kernel. */
  readonly hz: number | null;
}

/** Parameters and limits of a balloon in user space, if the recorder is one. */
export interface RecordedBalloon {
  /** Constants of the policy. */
  readonly rates: Rates;
  /** Pages of RAM that it leaves available. */
  readonly floorPages: number;
  /** Per cent of PSI full (avg10) above which its allocations do not sleep. */
  readonly psiLimit: Percent;
  /**
   * The rule by which it gives way under pressure; null: it does not; absent in recordings of daemons that knew no such rule. The
   * recorded target is that of the policy, in which the rule has had its say.
   */
  readonly giveWay?: GiveWaySettings | null;
}

/**
 * The first line of a recording. A file to which a second recording was appended has several headers, each before its
 * samples.
 */
export interface RecordingHeader {
  readonly format: typeof RECORDING_FORMAT;
  readonly version: typeof RECORDING_VERSION;
  readonly program: { readonly name: string; readonly version: string };
  /** Wall clock at the start, in seconds since 1970. */
  readonly start: Seconds;
  /** Seconds between samples. */
  readonly every: Seconds;
  readonly host: HostFacts;
  /** Sizes in KiB at the start; null if unknown. */
  readonly memory: { readonly MemTotal: Kib | null; readonly SwapTotal: Kib | null };
  /** Only if the recorder is the balloon. */
  readonly balloon?: RecordedBalloon;
  /** The meaning of the values of each sample, in their order. */
  readonly columns: readonly RecordedField[];
  /** Files that are not recorded, with the reasons. */
  readonly missing: readonly MissingSource[];
}

/** The header as a line. */
export const headerLine = (header: RecordingHeader): string => `${JSON.stringify(header)}\n`;

/**
 * A sample as a line: `t` is the wall clock in seconds since 1970, `m` a clock in seconds that is never set and that
 * stops while the machine sleeps, `v` the values in the order of the header's columns, null for values that could not
 * be read.
 * @param wallMs milliseconds since 1970
 * @param monotonicUs microseconds since the machine started
 */
export function sampleLine(wallMs: number, monotonicUs: number, values: Float64Array): string {
  let text = `{"t":${wallMs / 1000},"m":${monotonicUs / 1e6},"v":[`;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    text += `${i === 0 ? "" : ","}${Number.isNaN(value) ? "null" : value}`;
  }
  return `${text}]}\n`;
}
