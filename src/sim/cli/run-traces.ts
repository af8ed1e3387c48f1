import { executeRuns } from "./jobs/execute.ts";
import { createRequest, type RunOptions } from "./jobs/request.ts";

/** The work of `balloon-sim run`. */
export async function run(traces: readonly string[], options: RunOptions): Promise<void> {
  const request = createRequest(traces, options);
  const results = await executeRuns(request);
  if (request.summaryFormat !== null) {
    const { printSummaries } = await import("./print-summary.ts");
    printSummaries(
      results.flatMap(({ summary }) => summary ?? []),
      request.summaryFormat,
    );
  }
  if (options.plot !== undefined) {
    const { drawPlots } = await import("./draw-plots.ts");
    await drawPlots(
      results.flatMap(({ plot }) => plot ?? []),
      request.svgPath,
    );
  }
}
