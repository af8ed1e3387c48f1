import { InputError } from "../../../common/errors.ts";
import type { InputFile } from "../../../common/files/input-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { Column } from "../../output/columns.ts";
import { type RunName, runLabels } from "../../output/run-labels.ts";
import { RowDeriver } from "./derived.ts";
import { type RowRun, readRowFile } from "./row-file.ts";
import { RowStore } from "./row-store.ts";
import type { Run } from "./run.ts";

/** Maximum number of runs that can be distinguished in one chart. */
export const MAX_RUNS = 24;

/** @throws {InputError} if there are too many runs */
export function checkCount(runs: number): void {
  if (runs > MAX_RUNS) {
    throw new InputError(`report: ${runs} runs are too many for one chart, expected at most ${MAX_RUNS}: ${FEWER}`);
  }
}

/** Advice for too many runs. */
const FEWER =
  "give it fewer, or make several reports; of traces instead of rows, report and run --summary take any number";

/**
 * Reads the runs of several files, in their order.
 * @throws {InputError} if a file can't be read, or has nothing to draw
 */
export function readRuns(files: readonly InputFile[]): Run[] {
  const labels = shortNames(files.map((file) => file.name.replace(/^<(.*)>$/, "$1")));
  const runs = files.flatMap((file, i) => readRunsOf(file, labels[i] as string));
  checkCount(runs.length);
  return runs;
}

/**
 * Reads the runs of one file.
 * @param label of the only run; the prefix of the labels of several
 */
export function readRunsOf(file: InputFile, label: string): Run[] {
  let columns: readonly Column[] = [];
  const open = new Map<string, { said: RowRun; deriver: RowDeriver; store: RowStore }>();
  readRowFile(file, {
    begin: (found) => {
      columns = found;
    },
    row: (said, values, fault) => {
      const key = JSON.stringify([said.name?.trace, said.name?.name, said.world]);
      let run = open.get(key);
      if (run === undefined) {
        if (open.size === MAX_RUNS)
          throw fault(`this is the run ${MAX_RUNS + 1} of the file, expected at most ${MAX_RUNS}: ${FEWER}`);
        const deriver = new RowDeriver(columns);
        run = { said, deriver, store: new RowStore(deriver.names.length) };
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
  const labels = labelsIn(runs.map(({ said }) => said));
  return runs.map(({ said, deriver, store }, i): Run => {
    const index = new Map(deriver.names.map((name, i) => [name, i]));
    return {
      label: escapeUnsafe(runs.length === 1 ? label : `${label}: ${labels[i]}`),
      file: file.name,
      said,
      conditions: null,
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

/** Labels that distinguish the runs of one file: `spike`, `world 2`, `spike, world 2`. */
function labelsIn(runs: readonly RowRun[]): string[] {
  const traces = new Map<string, RunName>();
  const keyOf = ({ name }: RowRun) => JSON.stringify([name?.trace, name?.name]);
  for (const run of runs) if (run.name !== null) traces.set(keyOf(run), run.name);
  const names = runLabels([...traces.values()]);
  const nameOf = new Map([...traces.keys()].map((key, i) => [key, names[i] as string]));
  return runs.map((run) => worldLabel(nameOf.get(keyOf(run)) ?? "", run.world));
}

/** A label followed by the world, if there is one. */
export const worldLabel = (label: string, world: string | number | null): string =>
  [label, world === null ? "" : `world ${world}`].filter((text) => text !== "").join(", ");

/**
 * The files' names without the parts that all have in common or that carry no information: folder and extension, if the
 * names remain distinct.
 */
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
