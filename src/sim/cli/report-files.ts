import type { LogFile } from "../import/log-file.ts";
import { readContents } from "../report/read-contents.ts";
import { shellLine } from "../report/shell-line.ts";
import { argumentFiles, checkOutput } from "./input-files.ts";
import { logFile, Spool } from "./spool.ts";
import { openStudy } from "./tune/open-study.ts";
import { withOutput } from "./with-output.ts";

/** The options of `balloon-sim report`. */
export interface ReportOptions {
  readonly output?: string;
}

/** The work of `balloon-sim report`. */
export async function reportFiles(files: readonly string[], options: ReportOptions, version: string): Promise<void> {
  const spool = new Spool();
  try {
    const { output } = options;
    checkOutput(output, argumentFiles(files));
    const logs: LogFile[] = [];
    for (const file of files) logs.push(await logFile(file, spool, "the rows of a run or a study"));
    const contents = readContents(logs, openStudy);
    if (output === undefined) {
      const { drawReport } = await import("./draw-report.ts");
      await drawReport(contents);
      return;
    }
    const { reportPage } = await import("../report/report-page.ts");
    const command = shellLine(["balloon-sim", "report", ...files, "-o", output]);
    const page = reportPage(contents, { command, version });
    await withOutput(output, async (sink) => sink.write(page));
  } finally {
    spool.remove();
  }
}
