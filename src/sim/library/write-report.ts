import { version } from "../../common/cli/command-line.ts";
import { reportFiles } from "../cli/report-files.ts";
import {
  checkOptions,
  DRIVER_NAMES,
  type DriverOptions,
  given,
  listOf,
  timesOf,
  WHAT_IF_NAMES,
  type WhatIfChoice,
  type WorkOptions,
} from "./options.ts";

/** How traces and hosts of a report are run. */
export interface WriteReportOptions extends DriverOptions, WhatIfChoice, WorkOptions {
  /** Of hosts: their policy instead of the file's. */
  readonly policy?: string;
  /** Seed of all random numbers; default: that of each trace or host. */
  readonly seed?: string;
  /** Number of worlds in which each trace is run; default 1. */
  readonly worlds?: number;
  /** Of many traces: the figure by which they are sorted, and conditions that need attention (docs/fleet.md). */
  readonly sort?: string;
  /** Conditions that need attention, such as `stall_full > 1s`. */
  readonly warn?: readonly string[];
}

/**
 * Writes a page about traces, rows of runs, a study, or a host, as `balloon-sim report -o` does (docs/reports.md).
 * @param files of them; their kind is detected
 * @param output file of the page, which appears complete or not at all
 * @throws {InputError} if a file or an option can't be used
 */
export async function writeReport(
  files: readonly string[],
  output: string,
  options: WriteReportOptions = {},
): Promise<void> {
  checkOptions(options, REPORT_OPTIONS, "writeReport");
  const { since: _, until: __, set, warn, ...others } = options;
  const own = given({ ...others, set: listOf(set), warn: listOf(warn) });
  await reportFiles(files, { ...own, ...timesOf(options), output, quiet: true }, version());
}

const REPORT_OPTIONS = [
  ...WHAT_IF_NAMES,
  ...DRIVER_NAMES,
  "workers",
  "policy",
  "seed",
  "worlds",
  "sort",
  "warn",
] as const satisfies readonly (keyof WriteReportOptions)[];
