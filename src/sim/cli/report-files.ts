import { realpathSync, statSync } from "node:fs";
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { readContents } from "../report/read-contents.ts";
import { shellLine } from "../report/shell-line.ts";
import { openStudy } from "./tune/open-study.ts";
import { withOutput } from "./with-output.ts";

/** The options of `balloon-sim report`. */
export interface ReportOptions {
  readonly output?: string;
}

/** The work of `balloon-sim report`. */
export async function reportFiles(files: readonly string[], options: ReportOptions, version: string): Promise<void> {
  const { output } = options;
  checkFiles(files, output);
  const contents = readContents(files, openStudy);
  if (output === undefined) {
    const { drawReport } = await import("./draw-report.ts");
    await drawReport(contents);
    return;
  }
  const { reportPage } = await import("../report/report-page.ts");
  const command = shellLine(["balloon-sim", "report", ...files, "-o", output]);
  const page = reportPage(contents, { command, version });
  await withOutput(output, async (sink) => sink.write(page));
}

/** Files are read from their beginning more than once, and none of them may be what is written. */
function checkFiles(files: readonly string[], output: string | undefined): void {
  const written = output === undefined || output === "-" ? null : identity(output);
  for (const file of files) {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isFile()) {
      const what = stat.isDirectory() ? "is a directory" : "can't be read twice";
      throw new InputError(`${escapeUnsafe(file)}: ${what}, expected a file that balloon-sim wrote with -o or --study`);
    }
    if (stat?.size === 0)
      throw new InputError(`${escapeUnsafe(file)}: is empty, expected the rows of a run or a study`);
    if (written !== null && identity(file) === written) {
      throw new InputError(
        `-o ${escapeUnsafe(output as string)}: is one of the files to report on, which would be overwritten`,
      );
    }
  }
}

/** What a path leads to; null where there is nothing. */
function identity(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
