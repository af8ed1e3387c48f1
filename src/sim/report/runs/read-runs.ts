import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { LogFile } from "../../import/log-file.ts";
import type { Column } from "../../output/columns.ts";
import { type RunName, runLabels } from "../../output/run-labels.ts";
import { RowDeriver } from "./derived.ts";
import { readRowFile } from "./row-file.ts";
import { RowStore } from "./row-store.ts";

/** The rows of one run, as many as a picture can show. */
export interface Run {
  /** What it is called on the page: the file, and the run's label in it where a file holds several. */
  readonly label: string;
  readonly file: string;
  /** Rows in the file, and how many of them are kept. */
  readonly rows: number;
  readonly kept: number;
  /** Names of the columns, the time first. */
  readonly names: readonly string[];
  /** Values of a column; undefined where the file has none of that name. */
  column(name: string): Float64Array | undefined;
}

/** More would not be told apart in one chart. */
const MAX_RUNS = 24;

/**
 * Reads the runs of several files, in their order.
 * @throws {InputError} where a file can't be read, or holds nothing to draw
 */
export function readRuns(files: readonly LogFile[]): Run[] {
  const labels = shortNames(files.map((file) => file.name.replace(/^<(.*)>$/, "$1")));
  const runs = files.flatMap((file, i) => readRunsOf(file, labels[i] as string));
  if (runs.length > MAX_RUNS) {
    throw new InputError(`report: ${runs.length} runs are too many for one chart, expected at most ${MAX_RUNS}`);
  }
  return runs;
}

function readRunsOf(file: LogFile, label: string): Run[] {
  let columns: readonly Column[] = [];
  const open = new Map<string, { name: RunName; deriver: RowDeriver; store: RowStore }>();
  readRowFile(file, {
    begin: (found) => {
      columns = found;
    },
    row: (name, values, fault) => {
      const key = name === null ? "" : JSON.stringify([name.trace, name.name]);
      let run = open.get(key);
      if (run === undefined) {
        if (open.size === MAX_RUNS)
          throw fault(`this is the trace ${MAX_RUNS + 1} of the file, expected at most ${MAX_RUNS}`);
        const deriver = new RowDeriver(columns);
        run = { name: name ?? { trace: "", name: "" }, deriver, store: new RowStore(deriver.names.length) };
        open.set(key, run);
      }
      const before = run.deriver.time;
      const row = run.deriver.next(values);
      if ((row[0] as number) < before) {
        throw fault(
          `its time, ${row[0]} s, is before that of the row above, ${before} s; expected the rows of a run in order`,
        );
      }
      run.store.add(row);
    },
  });
  if (open.size === 0) throw new InputError(`${escapeUnsafe(file.name)}: has no rows, expected those of a run`);
  const runs = [...open.values()];
  const labels = runLabels(runs.map(({ name }) => name));
  return runs.map(({ deriver, store }, i): Run => {
    const index = new Map(deriver.names.map((name, i) => [name, i]));
    return {
      label: runs.length === 1 ? label : `${label}: ${labels[i]}`,
      file: file.name,
      rows: store.added,
      kept: store.kept,
      names: deriver.names,
      column: (name) => {
        const i = index.get(name);
        return i === undefined ? undefined : store.column(i);
      },
    };
  });
}

/** The files' names without what is the same for all or says nothing: folder and extension, where they differ without. */
export function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) =>
    path
      .replace(/\.(csv|ndjson|json|jsonl)$/i, "")
      .split("/")
      .filter((part) => part !== ""),
  );
  const deepest = Math.max(...parts.map((p) => p.length));
  for (let depth = 1; depth <= deepest; depth++) {
    const names = parts.map((p) => p.slice(-depth).join("/"));
    if (new Set(names).size === names.length) return names;
  }
  return [...paths];
}
