import { checkDistinct, checkNotStdout, type NamedFile } from "../../common/cli/distinct-files.ts";
import { STDOUT, warn } from "../../common/cli/output.ts";
import { OutputFile } from "../../common/files/output-file.ts";
import { badTraces, warnOfTrace } from "./bad-traces.ts";
import { optionFiles, traceFiles } from "./input-files.ts";
import { executeRuns } from "./jobs/execute.ts";
import { checkRowOptions, createRequest, type RunOptions, type RunRequest } from "./jobs/request.ts";
import { sayAbout, warnOfWhatIf } from "./run-notes.ts";
import { triageOf } from "./triage/options.ts";

/** Executes `balloon-sim run`. */
export async function run(traces: readonly string[], options: RunOptions): Promise<void> {
  if (options.shard !== undefined) {
    const { runShard } = await import("./shards/run-shard.ts");
    return runShard(traces, options, options.shard);
  }
  const triage = await triageOf(options);
  const request = await requestOf(traces, options);
  if (options.format === "parquet" && (request.rowsTarget !== null || request.summaryFormat !== null)) {
    const { checkBinaryOutput } = await import("./parquet-table.ts");
    if (request.rowsTarget !== null) checkBinaryOutput(options.output);
    if (request.summaryFormat !== null) checkBinaryOutput(undefined);
  }
  const outputs = outputsOf(request);
  checkDistinct(outputs, inputsOf(request, options));
  checkNotStdout(outputs.filter(({ option }) => option !== "-o"));
  if (options.resume !== undefined) {
    // A new checkpoint may replace the one that this run resumes.
    const others = outputs.filter(({ option }) => option !== "--checkpoint");
    checkDistinct(others, [{ option: "--resume", path: options.resume }]);
  }
  const svg = request.svgPath === null ? null : new OutputFile(request.svgPath, "--plot");
  const causes = request.causesPath === null ? null : new OutputFile(request.causesPath, "--causes");
  const checkpoint = request.checkpointPath === null ? null : new OutputFile(request.checkpointPath, "--checkpoint");
  try {
    const { runs, failed } = await executeRuns(request);
    for (const trace of failed) warnOfTrace(trace);
    const results = runs.map(({ result }) => result);
    warnOfWhatIf(runs);
    const [job] = request.jobs;
    const state = results[0]?.state ?? null;
    if (checkpoint !== null && job !== undefined && state !== null) {
      const { writeCheckpoint } = await import("./jobs/checkpoint-file.ts");
      await writeCheckpoint(checkpoint, job, job.suspendAtUs ?? 0, state);
      checkpoint.commit();
    }
    const [run] = runs;
    if (causes !== null && run !== undefined) {
      const { writeCauses } = await import("./write-causes.ts");
      await writeCauses(causes, run);
      causes.commit();
    }
    if (request.summaryFormat !== null && runs.length > 0) {
      const { writeSummaries } = await import("./write-summaries.ts");
      const summaries = results.flatMap(({ summary }) => summary ?? []);
      const { summaryFormat: format, worlds } = request;
      const wantsAll = options.all === true;
      await writeSummaries(summaries, { format, worlds, wantsAll, triage, failed: failed.length }, STDOUT);
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
    sayAbout(runs, request.summaryFormat, plots.length > 0 && svg === null);
    if (failed.length > 0) {
      const rest = runs.length === 0 ? "nothing is left to run" : "they are missing in the results of the others";
      throw badTraces(failed, runs.length / (request.worlds ?? 1) + failed.length, rest);
    }
  } finally {
    svg?.discard();
    causes?.discard();
    checkpoint?.discard();
  }
}

function outputsOf({ rowsTarget, svgPath, causesPath, checkpointPath }: RunRequest): NamedFile[] {
  const rows = rowsTarget?.kind === "file" ? [rowsTarget.path] : rowsTarget?.kind === "files" ? rowsTarget.paths : [];
  return [
    ...rows.map((path) => ({ option: "-o", path })),
    ...(svgPath === null ? [] : [{ option: "--plot", path: svgPath }]),
    ...(causesPath === null ? [] : [{ option: "--causes", path: causesPath }]),
    ...(checkpointPath === null ? [] : [{ option: "--checkpoint", path: checkpointPath }]),
  ];
}

/** The files that the command reads, except a checkpoint. */
const inputsOf = ({ jobs }: RunRequest, options: RunOptions): NamedFile[] => [
  ...traceFiles(jobs.map(({ trace }) => trace)),
  ...optionFiles(options),
];

async function requestOf(traces: readonly string[], options: RunOptions): Promise<RunRequest> {
  if (options.resume === undefined) {
    const request = createRequest(traces, options);
    checkRowOptions(options);
    return request;
  }
  const { resumeRequest } = await import("./jobs/resume.ts");
  return resumeRequest(traces, options, options.resume);
}
