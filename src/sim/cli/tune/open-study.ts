import { warn } from "../../../common/cli/output.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { STDIN } from "../../trace/input.ts";
import { readStudy, type StudyContents } from "../../tune/study/read-study.ts";

/**
 * A study in a file, or for `-` on standard input, finished or not. A truncated last line is omitted, with a message
 * on standard error.
 * @param shown the name of the study in messages
 * @throws {InputError} if the file can't be read, is no study, or is malformed
 */
export function openStudy(path: string, shown = path): StudyContents {
  const isStdin = path === STDIN;
  const name = isStdin ? "<stdin>" : shown;
  const contents = readStudy(isStdin ? "/dev/stdin" : path, name);
  if (contents.cutBytes > 0) warn(`balloon-sim: ${escapeUnsafe(name)}: the last line is incomplete and omitted`);
  return contents;
}
