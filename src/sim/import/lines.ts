import { LineReader } from "../../common/files/lines.ts";
import type { LogFile } from "./log-file.ts";
import type { Report } from "./report.ts";

/** Longest line of a log, in bytes. The header of an esxtop capture of a full host has a few million. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Reads a log line by line, and reports text that is not UTF-8. */
export class LineCursor extends LineReader {
  readonly file: LogFile;

  /**
   * @param offset of the first line's first byte
   * @param lineNumber number of the line before it
   */
  constructor(file: LogFile, report: Report, offset = 0, lineNumber = 0) {
    super(file.open(offset), {
      name: file.name,
      maxBytes: MAX_LINE_BYTES,
      tooLong: `this line is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB; a log has shorter ones`,
      lineNumber,
      onLatin1: (line) => report.warn("some text is not UTF-8: read as Latin-1", { file: file.name, line }),
    });
    this.file = file;
  }
}
