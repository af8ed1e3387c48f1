import { warn } from "../../../common/cli/output.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { readStudy, type StudyContents } from "../../tune/study/read-study.ts";

/**
 * A study in a file, finished or not; says on standard error where its last line is left out.
 * @throws {InputError} where the file can't be read, is no study, or is damaged
 */
export function openStudy(path: string): StudyContents {
  const contents = readStudy(path);
  if (contents.cutBytes > 0) warn(`balloon-sim: ${escapeUnsafe(path)}: the last line is cut short and left out`);
  return contents;
}
