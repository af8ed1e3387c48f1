import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { fileArgument, shellLine } from "../../common/shell-line.ts";
import { isHostFile } from "../hosts/scenario/host-text.ts";
import { kindOf, readContents } from "../report/read-contents.ts";
import { MAX_RUNS } from "../report/runs/read-runs.ts";
import { findTrace } from "../trace/bundled.ts";
import { STDIN } from "../trace/input.ts";
import { argumentFiles, checkOutput, optionFiles } from "./input-files.ts";
import { conditionArguments, type ReportOptions, runForReport } from "./run-for-report.ts";
import { inputFile, Spool } from "./spool.ts";
import { openStudy } from "./tune/open-study.ts";
import { withOutput } from "./with-output.ts";

/** Executes `balloon-sim report`. */
export async function reportFiles(files: readonly string[], options: ReportOptions, version: string): Promise<void> {
  const spool = new Spool();
  try {
    const { output } = options;
    const hasHost = files.some((file) => file !== STDIN && isHostFile(file));
    // Names of bundled traces are accepted, too.
    const paths = files.map((file) => (file === STDIN ? file : findTrace(file)));
    if (hasHost) {
      const { reportHost } = await import("./report-host.ts");
      await reportHost(files, paths, options, version);
      return;
    }
    if (options.policy !== undefined) throw new InputError("--policy: is for hosts, and none is given: leave it out");
    checkOutput(output, [...argumentFiles(paths), ...optionFiles(options)]);
    const logs: InputFile[] = [];
    for (const [i, path] of paths.entries()) {
      logs.push(await inputFile(path, spool, "a trace, the rows of a run or a study", files[i]));
    }
    const isRanked = options.sort !== undefined || options.warn !== undefined;
    if (logs.every((log) => kindOf(log) === "trace") && (isRanked || logs.length * (options.worlds ?? 1) > MAX_RUNS)) {
      const { reportFleet } = await import("./report-fleet.ts");
      await reportFleet(logs, files, options, version);
      return;
    }
    if (isRanked)
      throw new InputError(`--${options.sort === undefined ? "warn" : "sort"}: is for traces alone: leave it out`);
    const runTraces = (traces: readonly InputFile[]) => runForReport(traces, options, version);
    const contents = await readContents(logs, { openStudy, runTraces });
    if (output === undefined) {
      const { drawReport } = await import("./draw-report.ts");
      await drawReport(contents);
      return;
    }
    const { reportPage } = await import("../report/report-page.ts");
    const command = shellLine([
      "balloon-sim",
      "report",
      ...files.map(fileArgument),
      ...conditionArguments(options),
      "-o",
      fileArgument(output),
    ]);
    const page = reportPage(contents, { command, version });
    await withOutput(output, async (sink) => sink.write(page));
  } finally {
    spool.remove();
  }
}
