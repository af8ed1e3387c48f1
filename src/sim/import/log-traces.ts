/** The traces of a log as texts, for callers that keep them in memory. */
import { Log, type Pace } from "./log.ts";
import type { LogFile } from "./log-file.ts";
import type { ImportOptions } from "./plan.ts";
import type { LogOptions } from "./read-context.ts";
import type { Format } from "./reader.ts";
import { LinesWriter } from "./write.ts";

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

/** The first pass over a log only reads, the second one reads and writes: its part of the work. */
const SURVEY_SHARE = 0.4;

/**
 * Makes the traces of all machines of a log.
 * @param files of one log, in any order
 * @param formats that it may have
 * @param version of this program, for the origin of the traces
 * @param pace is called now and then with the progress, 0 to 1
 * @param check refuses a log, before its traces are made
 * @throws {InputError} if it can't be read, or lacks a necessary value
 */
export async function tracesOfLog(
  files: readonly LogFile[],
  formats: readonly Format[],
  options: ImportOptions & LogOptions,
  version: string,
  pace: Pace = async () => {},
  check: (log: Log) => void = () => {},
): Promise<ImportedLog> {
  const log = await Log.survey(files, formats, options, (done) => pace(done * SURVEY_SHARE));
  check(log);
  const parts: string[][] = [];
  const planned = log.plan(log.machines, options, version).map((trace) => {
    const own: string[] = [];
    parts.push(own);
    return { ...trace, writer: new LinesWriter(trace.header, trace.shape, (text) => own.push(text)) };
  });
  await log.write(planned, (done) => pace(SURVEY_SHARE + done * (1 - SURVEY_SHARE)));
  return {
    traces: planned.map(({ plan }, i) => {
      const { name, id } = plan.survey.machine;
      return { name: name ?? id, text: (parts[i] as string[]).join("") };
    }),
    warnings: log.report.lines(),
  };
}
