import { checkDistinct, type NamedFile } from "../../common/cli/distinct-files.ts";
import { warn } from "../../common/cli/output.ts";
import { OutputFile } from "../../common/files/output-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { damageLine, KillCount } from "../output/damage.ts";
import { badTraces, warnOfTrace } from "./bad-traces.ts";
import { optionFiles, traceFiles } from "./input-files.ts";
import { executeRuns, type MadeRun } from "./jobs/execute.ts";
import { createRequest, type RunOptions, type RunRequest } from "./jobs/request.ts";
import { rowsHint } from "./rows-hint.ts";

/** The work of `balloon-sim run`. */
export async function run(traces: readonly string[], options: RunOptions): Promise<void> {
  const request = await requestOf(traces, options);
  const outputs = outputsOf(request);
  checkDistinct(outputs, inputsOf(request, options));
  if (options.resume !== undefined) {
    // The next checkpoint may replace the one that this run resumes.
    const others = outputs.filter(({ option }) => option !== "--checkpoint");
    checkDistinct(others, [{ option: "--resume", path: options.resume }]);
  }
  const svg = request.svgPath === null ? null : new OutputFile(request.svgPath, "--plot");
  const checkpoint = request.checkpointPath === null ? null : new OutputFile(request.checkpointPath, "--checkpoint");
  try {
    const { runs, failed } = await executeRuns(request);
    for (const trace of failed) warnOfTrace(trace);
    const results = runs.map(({ result }) => result);
    warnOfSome(results.flatMap(({ warnings }) => warnings));
    const [job] = request.jobs;
    const state = results[0]?.state ?? null;
    if (checkpoint !== null && job !== undefined && state !== null) {
      const { writeCheckpoint } = await import("./jobs/checkpoint-file.ts");
      await writeCheckpoint(checkpoint, job, job.suspendAtUs ?? 0, state);
      checkpoint.commit();
    }
    if (request.summaryFormat !== null && runs.length > 0) {
      const { printSummaries } = await import("./print-summary.ts");
      const summaries = results.flatMap(({ summary }) => summary ?? []);
      await printSummaries(summaries, request.summaryFormat, {
        worlds: request.worlds,
        wantsAll: options.all === true,
      });
    }
    const plots = results.flatMap(({ plot }) => plot ?? []);
    if (plots.length > 0) {
      if ((request.worlds ?? 1) > 1) {
        warn(`balloon-sim: --plot draws world 1 of ${request.worlds}, the trace as it is written`);
      }
      const { drawInFile, drawInTerminal } = await import("./draw-plots.ts");
      if (svg === null) await drawInTerminal(plots);
      else await drawInFile(plots, svg);
    }
    svg?.commit();
    if (request.summaryFormat === null && (plots.length === 0 || svg !== null)) warnOfKills(runs);
    if (request.summaryFormat === null || request.summaryFormat === "csv") warnOfTargets(runs);
    const hint = rowsHint(runs);
    if (hint !== null) warn(`balloon-sim: ${hint}`);
    if (failed.length > 0) {
      const rest = runs.length === 0 ? "nothing is left to run" : "they are missing in the results of the others";
      throw badTraces(failed, runs.length / (request.worlds ?? 1) + failed.length, rest);
    }
  } finally {
    svg?.discard();
    checkpoint?.discard();
  }
}

/** A line on standard error where the OOM killer was at work: rows and pictures in files say it in their midst only. */
function warnOfKills(made: readonly MadeRun[]): void {
  const [only] = made;
  const count = new KillCount();
  for (const { job, result } of made) count.note(job.traceColumn, result.damage.oomKills);
  const line = count.line();
  if (line === null || only === undefined) return;
  const one = `${escapeUnsafe(only.job.traceColumn)}: ${damageLine(only.result.damage)}`;
  warn(`balloon-sim: ${made.length === 1 ? one : line}`);
}

/** Traces of such targets that have a line. */
const MAX_NAMED = 3;

/** A line for each trace whose target no balloon can reach, where no summary says so. */
function warnOfTargets(made: readonly MadeRun[]): void {
  const lines = made.flatMap(({ job, result: { targetRemark } }) =>
    targetRemark === null ? [] : [`${escapeUnsafe(job.traceColumn)}: ${targetRemark}`],
  );
  warnOfSome(lines);
}

/** The first ones of many warnings that are alike but for the trace. */
function warnOfSome(lines: readonly string[]): void {
  const distinct = [...new Set(lines)];
  for (const line of distinct.slice(0, MAX_NAMED)) warn(`balloon-sim: warning: ${line}`);
  const more = distinct.length - MAX_NAMED;
  if (more > 0) warn(`balloon-sim: warning: the same of ${more} more ${more === 1 ? "trace" : "traces"}`);
}

function outputsOf({ rowsTarget, svgPath, checkpointPath }: RunRequest): NamedFile[] {
  const rows = rowsTarget?.kind === "file" ? [rowsTarget.path] : rowsTarget?.kind === "files" ? rowsTarget.paths : [];
  return [
    ...rows.map((path) => ({ option: "-o", path })),
    ...(svgPath === null ? [] : [{ option: "--plot", path: svgPath }]),
    ...(checkpointPath === null ? [] : [{ option: "--checkpoint", path: checkpointPath }]),
  ];
}

/** What is read, but for a checkpoint. */
const inputsOf = ({ jobs }: RunRequest, options: RunOptions): NamedFile[] => [
  ...traceFiles(jobs.map(({ trace }) => trace)),
  ...optionFiles(options),
];

async function requestOf(traces: readonly string[], options: RunOptions): Promise<RunRequest> {
  if (options.resume === undefined) return createRequest(traces, options);
  const { resumeRequest } = await import("./jobs/resume.ts");
  return resumeRequest(traces, options, options.resume);
}
