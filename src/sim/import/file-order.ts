import type { LogFile } from "./log-file.ts";
import { LogContext, type LogOptions } from "./read-context.ts";
import { type Format, Sample } from "./reader.ts";
import { Report } from "./report.ts";

/** Files in the order of their first samples, so that files of one machine follow each other. */
export function orderByTime(files: readonly LogFile[], format: Format, options: LogOptions): readonly LogFile[] {
  if (files.length === 1) return files;
  const begins = files.map((file) => {
    const stream = format.open([file], new LogContext(format, options, new Report()));
    const sample = new Sample();
    try {
      return stream.next(sample) ? sample.atUs : Number.POSITIVE_INFINITY;
    } finally {
      stream.close();
    }
  });
  return files
    .map((file, i) => ({ file, begin: begins[i] as number }))
    .sort((a, b) => (a.begin === b.begin ? 0 : a.begin - b.begin))
    .map(({ file }) => file);
}
