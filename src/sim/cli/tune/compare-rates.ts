import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { parseRates } from "../../../common/rates-file.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { compareObjective } from "../../tune/comparison.ts";
import { parseAggregate } from "../../tune/goal.ts";
import { Scoring } from "../../tune/scoring.ts";
import { relationOf, spreadOf } from "../../tune/spread.ts";
import { type Place, placesOf, runOf, seedNames, worldsFrom } from "../../tune/study/candidates.ts";
import type { RunTask } from "../../tune/study/runner.ts";
import type { StudyTrace, TrialRun } from "../../tune/types.ts";
import { argumentFiles, checkOutput, optionFiles, traceFiles } from "../input-files.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { withOutput } from "../with-output.ts";
import { withEvaluator } from "./evaluation.ts";
import {
  type ComparedRates,
  type Comparison,
  comparisonCsv,
  comparisonJson,
  comparisonTable,
  killsOf,
} from "./format-comparison.ts";
import { loadTraces, studyTraces } from "./study-traces.ts";

/** The options of `balloon-sim compare` as the command line gives them. */
export interface CompareOptions extends WhatIfOptions {
  readonly driver?: string;
  readonly on?: string[];
  readonly format: "table" | "csv" | "json";
  readonly aggregate: string;
  readonly output?: string;
  readonly seeds?: number;
  readonly worlds: number;
  readonly workers?: number;
  readonly quiet?: true;
}

/** The driver's rates, as the command line names them. */
const DEFAULT = "default";

/** The work of `balloon-sim compare`. */
export async function compareRates(names: readonly string[], options: CompareOptions): Promise<void> {
  if (options.on === undefined) {
    throw new InputError("compare: a trace is missing, such as: balloon-sim compare best.json --on spike");
  }
  const files = argumentFiles(names.filter((name) => name !== DEFAULT));
  checkOutput(options.output, [...files, ...traceFiles(options.on, "--on"), ...optionFiles(options)]);
  const policy = policyNamed(options.driver, "--driver");
  const sets = readRates(policy, names);
  const aggregate = parseAggregate(options.aggregate);
  if (aggregate.kind === "weights") throw new InputError("--aggregate weights: compare knows no weights: take mean");
  const whatIf = parseWhatIf(options);
  const loaded = loadTraces(options.on, whatIf);
  const traces = studyTraces(loaded);
  const seeds = seedNames(options.seeds);
  const { worlds } = options;
  const setup = { driver: policy.name, traces: loaded.map(({ text }) => text), whatIf, seeds };
  // An output that can't be written is found out before the runs are made.
  await withOutput(options.output, async (sink) => {
    const all = traces.map((_, i) => i);
    const places = placesOf({ traces, seeds }, all, worldsFrom(1, worlds));
    const runs = await runAll(sets, places, { traces, setup, options });

    const header = { objectives: OBJECTIVES.map(({ name }) => name), goals: [], requirements: [], aggregate, traces };
    const scoring = new Scoring(header);
    const measured = (own: readonly TrialRun[], indices: readonly number[]) => {
      const byWorld = scoring.valuesByWorld(own, indices);
      return OBJECTIVES.map((_, i) => byWorld.map((values) => values[i] as number));
    };
    const byTrace = runs.map((own) => all.map((trace) => measured(own, [trace])));
    const overall = runs.map((own) => measured(own, all));
    const rates = sets.map(
      (set, i): ComparedRates => ({
        ...set,
        params: policy.params,
        runs: runs[i] as TrialRun[],
        spreads: (overall[i] as Measured).map(spreadOf),
        byTrace: (byTrace[i] as Measured[]).map((values) => values.map(spreadOf)),
        relations: (overall[i] as Measured).map((own, objective) =>
          relationOf(own, overall[0]?.[objective] as readonly number[]),
        ),
        against: i === 0 ? null : against(byTrace[i] as Measured[], byTrace[0] as Measured[]),
      }),
    );
    const comparison: Comparison = {
      traces,
      whatIf: whatIfText(
        whatIf,
        loaded.map(({ held }) => held),
      ),
      whatIfByTrace: loaded.map(({ held }) => whatIfText(whatIf, [held])),
      seeds,
      worlds,
      aggregate: options.aggregate,
      rates,
    };
    // The table begins with it.
    const kills = options.format === "table" ? null : killsOf(comparison);
    if (kills !== null) warn(`balloon-sim: ${kills}`);
    const format = { table: comparisonTable, csv: comparisonCsv, json: comparisonJson }[options.format];
    sink.write(format(comparison));
  });
}

/** The rates in the files, the driver's before them unless they are named. */
function readRates(
  policy: BalloonPolicy,
  names: readonly string[],
): { readonly name: string; readonly rates: Params }[] {
  const all = names.includes(DEFAULT) ? names : [DEFAULT, ...names];
  const twice = all.find((name, i) => all.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`compare: ${escapeUnsafe(twice)} is there twice`);
  if (all.length < 2)
    throw new InputError("compare: a rates file is missing, such as: balloon-sim compare best.json --on spike");
  return all.map((name) => ({ name, rates: name === DEFAULT ? policy.defaults : parseRates(policy, name, [], "") }));
}

/** For each objective one value a world. */
type Measured = readonly (readonly number[])[];

/** What all runs of a comparison need. */
interface Means {
  readonly traces: readonly StudyTrace[];
  readonly setup: Parameters<typeof withEvaluator>[0];
  readonly options: CompareOptions;
}

/** One list of runs for each set of rates. @throws {InputError} where rates can't be run */
async function runAll(
  sets: readonly { readonly name: string; readonly rates: Params }[],
  places: readonly Place[],
  { traces, setup, options }: Means,
): Promise<TrialRun[][]> {
  const tasks = sets.flatMap(({ rates }) => places.map((place): RunTask => ({ rates, ...place })));
  const runs = sets.map((): TrialRun[] => []);
  let next = 0;
  await withEvaluator(setup, options, (evaluator, note) =>
    evaluator.run(tasks, (result) => {
      const set = Math.floor(next / places.length);
      const place = places[next % places.length] as Place;
      if (!result.ok) {
        throw new InputError(
          `${escapeUnsafe(sets[set]?.name ?? "")}: can't be run on ${escapeUnsafe(traces[place.trace]?.trace ?? "")}: ${result.error}`,
        );
      }
      runs[set]?.push(runOf(place, result.values));
      note(++next / tasks.length);
    }),
  );
  return runs;
}

/** How rates do against others in each objective; both have what was measured on each trace. */
const against = (values: readonly Measured[], references: readonly Measured[]) =>
  OBJECTIVES.map((objective, i) =>
    compareObjective(
      objective,
      values.map((one) => one[i] as readonly number[]),
      references.map((one) => one[i] as readonly number[]),
    ),
  );
