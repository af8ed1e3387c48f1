import { version } from "../../common/cli/command-line.ts";
import { InputFile } from "../../common/files/input-file.ts";
import { Log } from "../import/log.ts";
import type { ImportOptions } from "../import/plan.ts";
import type { LogOptions } from "../import/read-context.ts";
import { LinesWriter } from "../import/write.ts";
import { checkOptions } from "./options.ts";

/** What a log does not say, and how it is read: the options of `balloon-sim import`, with its texts (docs/import.md). */
export interface ImportLogsOptions
  extends Omit<ImportOptions, "hostView" | "isOfHost">,
    Omit<LogOptions, "vmOption" | "wholeHost"> {}

/** A trace made from a log. */
export interface ImportedTrace {
  /** Name of the machine in the log. */
  readonly name: string;
  /** The trace in JSON lines: `runTrace` takes it, and a file of it is a trace for all functions. */
  readonly text: string;
}

/** The traces of a log, and what to know of them. */
export interface ImportedLog {
  /** One for each machine, in the order in which the log has them. */
  readonly traces: readonly ImportedTrace[];
  /** What was assumed or is missing, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Converts a log of another tool to traces, as `balloon-sim import` does.
 * @param files of one log, in any order
 * @throws {InputError} if the log can't be read, is of an unknown format, or lacks a necessary value, such as the RAM
 */
export async function importLogs(files: readonly string[], options: ImportLogsOptions = {}): Promise<ImportedLog> {
  checkOptions(options, IMPORT_OPTIONS, "importLogs");
  const inputs = files.map((path) => new InputFile(path, path, "a log file"));
  const log = await Log.survey(inputs, options, async () => {});
  const parts: string[][] = [];
  const planned = log.plan(log.machines, options, version()).map((trace) => {
    const own: string[] = [];
    parts.push(own);
    return { ...trace, writer: new LinesWriter(trace.header, trace.shape, (text) => own.push(text)) };
  });
  await log.write(planned, async () => {});
  return {
    traces: planned.map(({ plan }, i) => {
      const { name, id } = plan.survey.machine;
      return { name: name ?? id, text: (parts[i] as string[]).join("") };
    }),
    warnings: log.report.lines(),
  };
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
