import { InputError } from "../../../common/errors.ts";
import { DEFAULT_POLICY } from "../../../engine/index.ts";
import { objectivesOf } from "../../tune/objectives.ts";
import { checkLists } from "../../tune/samplers/grid.ts";
import type { Space } from "../../tune/space.ts";
import { type Place, seedNames, worldsFrom } from "../../tune/study/candidates.ts";
import type { RunResult, RunSetup, RunTask } from "../../tune/study/runner.ts";
import { checkOutput, optionFiles, traceFiles } from "../input-files.ts";
import { runCountOf, type Shard, shardOf } from "../shards/shard.ts";
import { type MeansOptions, withEvaluator } from "./evaluation.ts";
import type { SubjectOptions, Subjects } from "./subject-request.ts";
import { kindOfSubjects, loadSubjects } from "./subjects.ts";
import { type SweepLayout, type SweepRow, writeSweep } from "./sweep-table.ts";

/** The options of `balloon-sim sweep` as the command line gives them. */
export interface SweepOptions extends SubjectOptions, MeansOptions {
  readonly output?: string;
  readonly format: SweepLayout["format"];
  readonly worlds?: number;
}

/** Maximum number of combinations in a sweep. */
const MAX_COMBINATIONS = 10_000_000;

/** Number of runs that are executed together: their results are in memory until they are written. */
const BATCH = 4096;

/** A run to be executed, with the description for its row. */
interface Run {
  /** Its index among all runs of the sweep. */
  readonly index: number;
  readonly trial: number;
  readonly point: readonly number[];
  readonly names: NamedRun["names"];
  readonly task: RunTask;
}

/** Executes `balloon-sim sweep`. */
export async function sweepTraces(traces: readonly string[], options: SweepOptions): Promise<void> {
  if (traces.length === 0) throw new InputError("sweep: a trace is missing, such as: balloon-sim sweep spike --set …");
  const { shard } = options;
  checkOutput(options.output, [...traceFiles(traces), ...optionFiles(options)]);
  const kind = kindOfSubjects(traces);
  const request = { command: "sweep", options, goals: [], weights: new Map(), isCheapestFirst: false } as const;
  const {
    space,
    host,
    whatIf,
    texts,
    traces: described,
    columns,
    seeds: own,
    remarks,
  } = loadSubjects(traces, kind, request);
  checkSize(space);
  if (options.format === "parquet" && shard === undefined) {
    const { checkBinaryOutput } = await import("../parquet-table.ts");
    checkBinaryOutput(options.output);
  }
  const seeds = seedNames(options.seeds);
  const driver = host === undefined ? space.policy.name : undefined;
  const setup: RunSetup = { driver, host, traces: texts, whatIf, seeds };
  const hasWorlds = options.worlds !== undefined;
  const worlds = worldsFrom(1, options.worlds ?? 1);
  const places = described.flatMap(({ isRandom }, trace) =>
    (isRandom && seeds.length > 1 ? seeds : own.slice(trace, trace + 1)).flatMap((name, seed) => {
      const names = [...(columns[trace] as Subjects["columns"][number]), name] as const;
      return worlds.map((world): NamedRun => ({ trace, seed, world, names }));
    }),
  );
  const layout: SweepLayout = {
    ...(kind === "host" ? { kind } : {}),
    driver: host === undefined ? space.policy.name : host.driver,
    parameters: space.parameters.flatMap(({ key }) =>
      space.policy.params
        .filter((param) => param.key === key)
        .map(({ name, unit, meaning, perUnit }) => ({
          name,
          unit,
          meaning,
          ...(perUnit === undefined ? {} : { perUnit }),
        })),
    ),
    hasWorlds,
    format: options.format,
    remarks,
  };
  /** Executes all runs, or those of a shard, and delivers their rows in order. */
  const makeRuns = (
    runs: Iterable<Run>,
    total: number,
    deliver: (run: Run, row: SweepRow) => void,
    pace: () => Promise<void>,
  ) =>
    withEvaluator(setup, options, async (evaluator, note) => {
      let done = 0;
      for (const batch of batches(runs)) {
        let next = 0;
        await evaluator.run(
          batch.map(({ task }) => task),
          (result) => {
            const run = batch[next++] as Run;
            deliver(run, rowOf(run, layout, result));
            note(++done / total);
          },
        );
        await pace();
      }
    });

  if (shard === undefined) {
    await writeSweep(layout, options.output, async (table) => {
      const total = (1 + space.combinations) * places.length;
      await makeRuns(
        runsIn(space, places),
        total,
        (_, row) => table.add(row),
        () => table.pace(),
      );
    });
    return;
  }
  const { withPart } = await import("../shards/part-writer.ts");
  const runs = (1 + candidatesOf(space)) * places.length;
  const part = {
    command: "sweep",
    shard,
    runs,
    options: [setup.driver, space.parameters, space.base, space.reference, whatIf, seeds, worlds, traces, layout],
    traces: setup.traces.map(({ sha256, machine }) => [sha256, machine]),
    result: layout,
  } as const;
  await withPart(options.output, part, (writer) =>
    makeRuns(
      ofShard(runsIn(space, places), shard),
      runCountOf(shard, runs),
      ({ index }, row) => writer.add(index, { row }),
      async () => {
        if (writer.isFull) await writer.flush();
      },
    ),
  );
}

function checkSize(space: Space): void {
  const { parameters, combinations, policy } = space;
  if (parameters.length === 0) {
    const example =
      policy === DEFAULT_POLICY
        ? "alloc-max=1024..16384x5"
        : `${policy.params[0]?.name ?? "host.POLICY.PARAMETER"}=VALUE,VALUE`;
    throw new InputError(`sweep: nothing to vary: give values, such as --set ${example}`);
  }
  checkLists(space);
  if (combinations > MAX_COMBINATIONS) {
    throw new InputError(
      `sweep: ${combinations} combinations: expected at most ${MAX_COMBINATIONS}; tune searches larger spaces`,
    );
  }
}

/** The place of a run, and the values of `Subjects.columns` and the seed. */
type NamedRun = Place & { readonly names: readonly [string, string, string, string, string] };

/** All runs: first trial 0 with the reference rates, then every combination; each at every place. */
function* runsIn(space: Space, places: readonly NamedRun[]): Generator<Run> {
  let index = 0;
  let trial = 0;
  const runs = (point: readonly number[], rates: RunTask["rates"]) =>
    places.map(({ trace, seed, world, names }): Run => {
      return { index: index++, trial, point, names, task: { rates, trace, seed, world } };
    });
  yield* runs(space.referencePoint, space.reference);
  for (const point of space.grid()) {
    trial++;
    yield* runs(point, space.ratesOf(point));
  }
}

/** Combinations that no constraint forbids. */
function candidatesOf(space: Space): number {
  let count = 0;
  for (const _ of space.grid()) count++;
  return count;
}

function* ofShard(runs: Iterable<Run>, { number, of }: Shard): Generator<Run> {
  for (const run of runs) if (shardOf(run.index, of) === number) yield run;
}

function* batches(runs: Iterable<Run>): Generator<Run[]> {
  let batch: Run[] = [];
  for (const run of runs) {
    batch.push(run);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function rowOf(
  { trial, point, names, task }: Run,
  { kind = "trace", hasWorlds }: SweepLayout,
  result: RunResult,
): SweepRow {
  const values = result.ok ? result.values : objectivesOf(kind).map(() => "");
  const place = [...names, ...(hasWorlds ? [task.world] : [])];
  return [trial, ...point, ...place, ...values, result.ok ? "" : result.error];
}
