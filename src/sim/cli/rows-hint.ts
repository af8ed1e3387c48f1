import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime } from "../../common/units.ts";
import type { NotedRun } from "./jobs/noted-run.ts";

/** Rows that are worth a word, all together and for each sample that the trace has. */
const MANY_ROWS = 100_000;
const MANY_PER_SAMPLE = 20;

/** What is suggested where a trace has no samples. */
const DEFAULT_EVERY_US = 60_000_000;

/**
 * A line that points to `--every`, where runs wrote a row for every change, and very many of them: more than 100,000, and more
 * than 20 for each sample of the trace. Null: none did.
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
