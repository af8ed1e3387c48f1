/** The columns of a fleet's table, unpacked: for the page and its code. */
import { LOWER_BOUND_LEGEND, NOT_REACHED, spreadWords, withBound } from "../../output/spread-words.ts";
import type { FleetColumn, FleetModel, FleetSpread } from "../model.ts";
import { type Numbers, unpack } from "../unpack.ts";
import { columnText } from "./texts.ts";

/** A figure of each run. */
export interface FleetNumbers extends Pick<FleetColumn, "name" | "title" | "worse"> {
  /** By which runs are sorted; Infinity: a target that was not reached; NaN without a value. */
  readonly values: Numbers;
  /** The value of a run in words, with the range over worlds: `2.98s [2.51s .. 5.04s]; none in 1 of 3`. */
  readonly textOf: (run: number) => string;
}

/** Unpacks a column. */
export function unpackColumn({ name, title, worse, kind, values: packed, bounds, spread }: FleetColumn): FleetNumbers {
  const values = unpack(packed);
  const isBound = bounds === null ? null : unpack(bounds);
  const wordsOf = spread === null ? null : spreadsIn(spread);
  const textOf = (run: number): string => {
    const value = values[run] as number;
    if (Number.isNaN(value)) return columnText(kind, value);
    const format = (one: number): string => (one === Number.POSITIVE_INFINITY ? NOT_REACHED : columnText(kind, one));
    return withBound(wordsOf === null ? format(value) : wordsOf(run, format), isBound?.[run] === 1);
  };
  return { name, title, worse, values, textOf };
}

/** The values of a run in its worlds, in words. */
function spreadsIn(spread: FleetSpread): (run: number, format: (value: number) => string) => string {
  const { worlds } = spread;
  const median = unpack(spread.median);
  const lowest = unpack(spread.lowest);
  const highest = unpack(spread.highest);
  const none = unpack(spread.none);
  const at = (numbers: Numbers, run: number): number => numbers[run] as number;
  return (run, format) => {
    if (Number.isNaN(at(median, run))) return NOT_REACHED;
    const range = { median: at(median, run), lowest: at(lowest, run), highest: at(highest, run) };
    return spreadWords({ ...range, none: at(none, run), worlds }, format);
  };
}

/** The line that explains the marks of a table; null if it has none. */
export const legendOf = ({ columns }: FleetModel): string | null =>
  columns.some(({ bounds }) => bounds !== null) ? LOWER_BOUND_LEGEND : null;
