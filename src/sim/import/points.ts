/**
 * Logs that are read line by line and stored: each line has a few points of series, in any order of machines and times.
 */
import { InputError } from "../../common/errors.ts";
import type { Place } from "../../common/text-lines.ts";
import { formatTime, type Us } from "../../common/units.ts";
import { LineCursor } from "./lines.ts";
import type { LogFile } from "./log-file.ts";
import type { Machine, ReadContext } from "./reader.ts";
import type { Series, SeriesTable } from "./series-table.ts";

/** Collects points. */
export class Points {
  readonly #lists = new Map<
    string,
    {
      readonly machine: Machine;
      readonly column: number;
      readonly file: LogFile;
      readonly line: number;
      readonly times: Us[];
      readonly values: number[];
    }
  >();

  /** Adds a point; `cursor` is at its line. */
  add(machine: Machine, column: number, atUs: number, value: number, cursor: LineCursor): void {
    const key = `${machine.index} ${column} ${cursor.file.fullPath}`;
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = { machine, column, file: cursor.file, line: cursor.lineNumber, times: [], values: [] };
      this.#lists.set(key, list);
    }
    list.times.push(atUs);
    list.values.push(value);
  }

  /** Adds all series to a table. */
  settle(table: SeriesTable): void {
    for (const { machine, column, file, line, times, values } of this.#lists.values()) {
      const series: Series = { column, times: Float64Array.from(times), values: Float64Array.from(values), file, line };
      table.add(machine, series);
    }
  }
}

/** An error about rows that are not in the order of their times; usually because clocks were put back. */
export const timeGoesBack = ({ file, line }: Place, byUs: number): InputError =>
  new InputError(
    `${file}:${line}: the time goes back by ${formatTime(byUs)}: clocks may have been set back (set the zone with --tz), or the file contains two logs`,
  );

/**
 * Calls a function for each line of a file. The import decides about damaged lines; an unterminated last line is
 * incomplete, and is left out.
 */
export function eachLine(
  file: LogFile,
  context: ReadContext,
  take: (cursor: LineCursor) => void,
  cursor = new LineCursor(file, context.report),
): void {
  while (cursor.advance()) {
    if (cursor.line.trim() === "") continue;
    if (!cursor.isTerminated) {
      context.report.warn("the last line is incomplete: omitted", { file: file.name, line: cursor.lineNumber });
      continue;
    }
    try {
      take(cursor);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      context.damaged(error);
    }
  }
}
