import { version } from "../../common/cli/command-line.ts";
import { InputFile } from "../../common/files/input-file.ts";
import { FORMATS } from "../import/formats/index.ts";
import { type ImportedLog, tracesOfLog } from "../import/log-traces.ts";
import type { ImportOptions } from "../import/plan.ts";
import type { LogOptions } from "../import/read-context.ts";
import { withTarget } from "../import/target.ts";
import { checkOptions } from "./options.ts";

export type { ImportedLog, ImportedTrace } from "../import/log-traces.ts";

/** What a log does not say, and how it is read: the options of `balloon-sim import`, with its texts (docs/import.md). */
export interface ImportLogsOptions
  extends Omit<ImportOptions, "hostView" | "isOfHost" | "target">,
    Omit<LogOptions, "vmOption" | "wholeHost"> {
  /** The host's target, as `--target` takes it: a size, a part such as `40%`, a ramp, a file with a series, or `policy:NAME`. */
  readonly target?: string;
}

/**
 * Converts a log of another tool to traces, as `balloon-sim import` does.
 * @param files of one log, in any order
 * @throws {InputError} if the log can't be read, is of an unknown format, or lacks a necessary value, such as the RAM
 */
export async function importLogs(files: readonly string[], options: ImportLogsOptions = {}): Promise<ImportedLog> {
  checkOptions(options, IMPORT_OPTIONS, "importLogs");
  const inputs = files.map((path) => new InputFile(path, path, "a log file"));
  return tracesOfLog(inputs, FORMATS, withTarget(options), version());
}

const IMPORT_OPTIONS = [
  "memory",
  "swap",
  "balloon",
  "target",
  "demand",
  "touch",
  "fileRead",
  "profile",
  "duplicates",
  "gap",
  "from",
  "tz",
  "vm",
  "damaged",
  "unit",
  "interval",
  "dateOrder",
] as const satisfies readonly (keyof ImportLogsOptions)[];
