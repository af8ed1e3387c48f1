import { OutputFile } from "../../common/cli/output-file.ts";
import { executeRuns } from "./jobs/execute.ts";
import { createRequest, type RunOptions, type RunRequest } from "./jobs/request.ts";

/** The work of `balloon-sim run`. */
export async function run(traces: readonly string[], options: RunOptions): Promise<void> {
  const request = await requestOf(traces, options);
  const svg = request.svgPath === null ? null : new OutputFile(request.svgPath, "--plot");
  const checkpoint = request.checkpointPath === null ? null : new OutputFile(request.checkpointPath, "--checkpoint");
  try {
    const results = await executeRuns(request);
    const [job] = request.jobs;
    const state = results[0]?.state ?? null;
    if (checkpoint !== null && job !== undefined && state !== null) {
      const { writeCheckpoint } = await import("./jobs/checkpoint-file.ts");
      await writeCheckpoint(checkpoint, job, job.putDownAtUs ?? 0, state);
      checkpoint.commit();
    }
    if (request.summaryFormat !== null) {
      const { printSummaries } = await import("./print-summary.ts");
      await printSummaries(
        results.flatMap(({ summary }) => summary ?? []),
        request.summaryFormat,
      );
    }
    const plots = results.flatMap(({ plot }) => plot ?? []);
    if (plots.length > 0) {
      const { drawInFile, drawInTerminal } = await import("./draw-plots.ts");
      if (svg === null) await drawInTerminal(plots);
      else await drawInFile(plots, svg);
    }
    svg?.commit();
  } finally {
    svg?.discard();
    checkpoint?.discard();
  }
}

async function requestOf(traces: readonly string[], options: RunOptions): Promise<RunRequest> {
  if (options.resume === undefined) return createRequest(traces, options);
  const { resumeRequest } = await import("./jobs/resume.ts");
  return resumeRequest(traces, options, options.resume);
}
