import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { csvLines } from "../../output/csv.ts";
import { KillCount } from "../../output/damage.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { parseSpace } from "../../tune/parse-space.ts";
import { checkLists } from "../../tune/samplers/grid.ts";
import type { Space } from "../../tune/space.ts";
import { type Place, seedNames, worldsFrom } from "../../tune/study/candidates.ts";
import type { RunResult, RunTask } from "../../tune/study/runner.ts";
import { checkOutput, optionFiles, traceFiles } from "../input-files.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { withOutput } from "../with-output.ts";
import { withEvaluator } from "./evaluation.ts";
import { loadTraces } from "./study-traces.ts";

/** The options of `balloon-sim sweep` as the command line gives them. */
export interface SweepOptions extends WhatIfOptions {
  readonly set?: string[];
  readonly driver?: string;
  readonly rates?: string;
  readonly output?: string;
  readonly workers?: number;
  readonly seeds?: number;
  readonly worlds?: number;
  readonly quiet?: true;
}

/** Combinations of one sweep. */
const MAX_COMBINATIONS = 10_000_000;

/** Runs that are made together: so many results are held before they are written. */
const BATCH = 4096;

/** One line of the result, before its run. */
interface Row {
  readonly trial: number;
  readonly point: readonly number[];
  readonly names: NamedRun["names"];
  readonly task: RunTask;
}

/** The work of `balloon-sim sweep`. */
export async function sweepTraces(traces: readonly string[], options: SweepOptions): Promise<void> {
  if (traces.length === 0) throw new InputError("sweep: a trace is missing, such as: balloon-sim sweep spike --set …");
  checkOutput(options.output, [...traceFiles(traces), ...optionFiles(options)]);
  const space = parseSpace(policyNamed(options.driver, "--driver"), options.set ?? [], options.rates);
  checkSize(space);
  const whatIf = parseWhatIf(options);
  const loaded = loadTraces(traces, whatIf);
  const seeds = seedNames(options.seeds);
  const setup = { driver: space.policy.name, traces: loaded.map(({ text }) => text), whatIf, seeds };
  const hasWorlds = options.worlds !== undefined;
  const worlds = worldsFrom(1, options.worlds ?? 1);
  const runs = loaded.flatMap(({ text, held }, trace) =>
    (held.isRandom ? seeds : seeds.slice(0, 1)).flatMap((name, seed) => {
      const names = [text.trace, held.trace.name, whatIfText(whatIf, [held]), name] as const;
      return worlds.map((world) => ({ trace, seed, world, names }));
    }),
  );
  const total = (1 + space.combinations) * runs.length;

  await withOutput(options.output, (sink) =>
    withEvaluator(setup, options, async (evaluator, note) => {
      sink.write(
        csvLines([
          [
            ...["trial", ...space.parameters.map(({ flag }) => flag), "trace", "name", "what_if", "seed"],
            ...(hasWorlds ? ["world"] : []),
            ...NAMES,
            "error",
          ],
        ]),
      );
      let done = 0;
      const kills = new KillCount();
      for (const rows of batches(rowsOf(space, runs))) {
        let next = 0;
        await evaluator.run(
          rows.map(({ task }) => task),
          (result) => {
            const row = rows[next++] as Row;
            sink.write(lineOf(row, hasWorlds, result));
            if (result.ok) kills.note(row.names[0], result.values[OOM_KILLS] as number);
            note(++done / total);
          },
        );
        if (sink.isFull) await sink.flush();
      }
      const line = kills.line();
      if (line !== null) warn(`balloon-sim: ${line}`);
    }),
  );
}

const NAMES = OBJECTIVES.map(({ name }) => name);

const OOM_KILLS = NAMES.indexOf("oom_kills");

function checkSize(space: Space): void {
  const { parameters, combinations } = space;
  if (parameters.length === 0) {
    throw new InputError("sweep: nothing to vary: give values, such as --set alloc-max=1024..16384x5");
  }
  checkLists(space);
  if (combinations > MAX_COMBINATIONS) {
    throw new InputError(
      `sweep: ${combinations} combinations: expected at most ${MAX_COMBINATIONS}; tune searches larger spaces`,
    );
  }
}

/** Where each combination is run, and the trace's file, its name, what was changed about it, and the seed. */
type NamedRun = Place & { readonly names: readonly [string, string, string, string] };

/** All rows: first the rates to compare with as trial 0, then every combination; each on every trace with every seed. */
function* rowsOf(space: Space, runs: readonly NamedRun[]): Generator<Row> {
  let trial = 0;
  const rows = (point: readonly number[], rates: RunTask["rates"]) =>
    runs.map(({ trace, seed, world, names }): Row => {
      return { trial, point, names, task: { rates, trace, seed, world } };
    });
  yield* rows(space.referencePoint, space.reference);
  for (const point of space.grid()) {
    trial++;
    yield* rows(point, space.ratesOf(point));
  }
}

function* batches(rows: Iterable<Row>): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function lineOf({ trial, point, names, task }: Row, hasWorlds: boolean, result: RunResult): string {
  const values = result.ok ? result.values : NAMES.map(() => "");
  const place = [...names, ...(hasWorlds ? [task.world] : [])];
  return csvLines([[trial, ...point, ...place, ...values, result.ok ? "" : result.error]]);
}
