import { InputError } from "../../../common/errors.ts";
import { DEFAULT_POLICY } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { parseSpace } from "../../tune/parse-space.ts";
import { checkLists } from "../../tune/samplers/grid.ts";
import type { Space } from "../../tune/space.ts";
import { type Place, seedNames, worldsFrom } from "../../tune/study/candidates.ts";
import type { RunResult, RunTask } from "../../tune/study/runner.ts";
import { driverOf, noteReplacedDrivers } from "../driver-of-traces.ts";
import { givenDriver } from "../given-driver.ts";
import { checkOutput, optionFiles, traceFiles } from "../input-files.ts";
import { runCountOf, type Shard, shardOf } from "../shards/shard.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { withFile } from "../with-output.ts";
import { type MeansOptions, withEvaluator } from "./evaluation.ts";
import {
  checkDriversFit,
  driverOfSpace,
  driversOf,
  idleRulesRemarks,
  ignoredRulesRemarks,
  loadTraces,
} from "./study-traces.ts";
import { type SweepLayout, type SweepRow, SweepTable } from "./sweep-table.ts";

/** The options of `balloon-sim sweep` as the command line gives them. */
export interface SweepOptions extends WhatIfOptions, MeansOptions {
  readonly set?: string[];
  readonly driver?: string;
  readonly rates?: string;
  readonly output?: string;
  readonly format: SweepLayout["format"];
  readonly seeds?: number;
  readonly worlds?: number;
  readonly shard?: Shard;
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
  const whatIf = parseWhatIf(options);
  const loaded = loadTraces(traces, whatIf);
  const given = givenDriver(options);
  const space = parseSpace(driverOf(given.name, driversOf(loaded)), options.set ?? [], given.rates);
  checkSize(space);
  if (options.format === "parquet" && shard === undefined) {
    const { checkBinaryOutput } = await import("../parquet-table.ts");
    checkBinaryOutput(options.output);
  }
  checkDriversFit([space.policy], loaded);
  noteReplacedDrivers(given.by ?? "--driver", [space.policy.name], driversOf(loaded));
  const seeds = seedNames(options.seeds);
  const reference = { policy: space.policy, rates: space.reference, of: "trial 0" };
  const setup = { driver: space.policy.name, traces: loaded.map(({ text }) => text), whatIf, seeds };
  const hasWorlds = options.worlds !== undefined;
  const worlds = worldsFrom(1, options.worlds ?? 1);
  const places = loaded.flatMap(({ text, held }, trace) =>
    (held.isRandom ? seeds : seeds.slice(0, 1)).flatMap((name, seed) => {
      const names = [text.trace, held.trace.name, space.policy.name, whatIfText(whatIf, [held]), name] as const;
      return worlds.map((world) => ({ trace, seed, world, names }));
    }),
  );
  const layout: SweepLayout = {
    driver: space.policy.name,
    parameters: space.parameters.flatMap(({ key }) =>
      space.policy.params
        .filter((param) => param.key === key)
        .map(({ name, unit, meaning }) => ({ name, unit, meaning })),
    ),
    hasWorlds,
    format: options.format,
    remarks: [
      ...ignoredRulesRemarks([driverOfSpace(space)], loaded),
      ...idleRulesRemarks([reference], loaded, seeds[0] as string),
    ],
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
            deliver(run, rowOf(run, hasWorlds, result));
            note(++done / total);
          },
        );
        await pace();
      }
    });

  if (shard === undefined) {
    await withFile(options.output, async (to) => {
      const table = await SweepTable.create(layout, to);
      const total = (1 + space.combinations) * places.length;
      await makeRuns(
        runsIn(space, places),
        total,
        (_, row) => table.add(row),
        () => table.pace(),
      );
      await table.end();
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
    const example = policy === DEFAULT_POLICY ? "alloc-max=1024..16384x5" : `${policy.params[0]?.name}=VALUE,VALUE`;
    throw new InputError(`sweep: nothing to vary: give values, such as --set ${example}`);
  }
  checkLists(space);
  if (combinations > MAX_COMBINATIONS) {
    throw new InputError(
      `sweep: ${combinations} combinations: expected at most ${MAX_COMBINATIONS}; tune searches larger spaces`,
    );
  }
}

/** The place of a run, and the trace's file, its name, the driver, the changes to the trace, and the seed. */
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

function rowOf({ trial, point, names, task }: Run, hasWorlds: boolean, result: RunResult): SweepRow {
  const values = result.ok ? result.values : OBJECTIVES.map(() => "");
  const place = [...names, ...(hasWorlds ? [task.world] : [])];
  return [trial, ...point, ...place, ...values, result.ok ? "" : result.error];
}
