import { STDOUT } from "../../../common/cli/output.ts";
import { errorOf, type Failure } from "../../../common/errors.ts";
import { OutputFile } from "../../../common/files/output-file.ts";
import type { Summary } from "../../output/summary.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "../bad-traces.ts";
import type { NotedRun } from "../jobs/noted-run.ts";
import { RowsDocument, type RunRows } from "../jobs/rows-document.ts";
import { sayAbout, warnOfWhatIf } from "../run-notes.ts";
import type { Assemble, PartRun } from "./assemble.ts";
import type { RunPlan, RunRecord } from "./run-plan.ts";

/** Writes the rows, or the summaries, of runs, and prints the messages that `run` prints about them. */
export const assembleRun: Assemble = async ({ result, runs: total }, all, output) => {
  const plan = result as RunPlan;
  const worlds = plan.worlds ?? 1;
  const failed = failedTraces(all.failed as RunRecord[], worlds);
  const [alone] = failed.values();
  if (alone !== undefined && total === worlds) throw alone.error;
  await checkFormat(plan, output);
  const file = output === undefined || output === "-" ? null : new OutputFile(output, "-o");
  try {
    const document = plan.rows === null ? null : await openDocument(plan.rows, file);
    const noted: NotedRun[] = [];
    const summaries: Summary[] = [];
    for (const { record, rows } of all.runs as Iterable<PartRun<RunRecord>>) {
      if (record.result === null || failed.has(Math.floor(record.run / worlds))) continue;
      await document?.add(rows(), record.leading ?? []);
      const { summary, ...result } = record.result;
      const { driver, driverBy, rows: kind } = plan;
      noted.push({ job: { traceColumn: record.trace, driver, driverBy, rows: kind }, result });
      if (summary !== null) summaries.push(summary);
    }
    for (const trace of failed.values()) warnOfTrace(trace);
    warnOfWhatIf(noted);
    if (noted.length > 0) {
      const { summaryFormat: format, wantsAll, triage } = plan;
      if (format !== null) {
        const { writeSummaries } = await import("../write-summaries.ts");
        const how = { format, worlds: plan.worlds, wantsAll, triage, failed: failed.size };
        await writeSummaries(summaries, how, file ?? STDOUT);
        file?.commit();
      }
      await document?.end();
    }
    sayAbout(noted, plan.summaryFormat, false);
    if (failed.size > 0) {
      const rest = noted.length === 0 ? "nothing is left to run" : "they are missing in the results of the others";
      throw badTraces([...failed.values()], noted.length / worlds + failed.size, rest);
    }
  } finally {
    file?.discard();
  }
};

async function checkFormat({ rows, summaryFormat }: RunPlan, output: string | undefined): Promise<void> {
  if ((rows?.parquet ?? null) === null && summaryFormat !== "parquet") return;
  const { checkBinaryOutput } = await import("../parquet-table.ts");
  checkBinaryOutput(output);
}

async function openDocument(rows: NonNullable<RunPlan["rows"]>, file: OutputFile | null): Promise<RunRows> {
  if (rows.parquet === null) return new RowsDocument(file, rows.frame);
  const { ParquetRows } = await import("../jobs/parquet-rows.ts");
  return await ParquetRows.create(file, rows.parquet);
}

/** Traces with a failed run, by their index, each with its first failure. */
function failedTraces(records: readonly RunRecord[], worlds: number): Map<number, FailedTrace> {
  const failed = new Map<number, FailedTrace>();
  for (const { run, trace, failure } of records) {
    const index = Math.floor(run / worlds);
    if (!failed.has(index)) failed.set(index, { trace, error: errorOf(failure as Failure) });
  }
  return failed;
}
