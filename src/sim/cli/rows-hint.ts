import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime } from "../../common/units.ts";
import type { NotedRun } from "./jobs/noted-run.ts";

/** Numbers of rows above which the hint is printed: all together, and for each sample of the trace. */
const MANY_ROWS = 100_000;
const MANY_PER_SAMPLE = 20;

/** The interval that the hint suggests for a trace without samples. */
const DEFAULT_EVERY_US = 60_000_000;

/**
 * A hint to use `--every`, if runs wrote a row for every change, and very many of them: more than 100,000, and more
 * than 20 for each sample of the trace. Null: no such run.
 */
export function rowsHint(runs: readonly NotedRun[]): string | null {
  const many = runs.filter(({ job, result }) => job.rows?.choice === "change" && isMany(result.rows));
  const [first] = many;
  if (first === undefined) return null;
  const { count, samples, sampleUs } = first.result.rows;
  const from = samples === null ? "" : ` from ${samples} samples`;
  const more = many.length - 1;
  const others = more === 0 ? "" : ` (and ${more} more ${more === 1 ? "run" : "runs"} like it)`;
  const every = formatTime(sampleUs ?? DEFAULT_EVERY_US);
  return (
    `${escapeUnsafe(first.job.traceColumn)}: ${count} rows${from}${others}, one for every change: ` +
    `--every ${every} writes one every ${every}`
  );
}

const isMany = ({ count, samples }: NotedRun["result"]["rows"]): boolean =>
  count > MANY_ROWS && (samples === null || count > MANY_PER_SAMPLE * samples);
