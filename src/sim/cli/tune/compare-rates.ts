import { warn } from "../../../common/cli/output.ts";
import { InputError, RunError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { caveatOf } from "../../output/caveats.ts";
import { shownInput } from "../../trace/input.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { compareObjective } from "../../tune/comparison.ts";
import { parseAggregate } from "../../tune/goal.ts";
import { objectivesOf, type SubjectKind } from "../../tune/objectives.ts";
import { Scoring } from "../../tune/scoring.ts";
import { relationOf, spreadOf } from "../../tune/spread.ts";
import { type Place, placesOf, runOf, seedNames, worldsFrom } from "../../tune/study/candidates.ts";
import type { RunSetup, RunTask } from "../../tune/study/runner.ts";
import type { TrialRun } from "../../tune/types.ts";
import { warnOfCaveats } from "../driver-caveats.ts";
import { type NamedDriver, noteReplacedDrivers } from "../driver-of-traces.ts";
import { argumentFiles, checkOutput, optionFiles, traceFiles } from "../input-files.ts";
import { runsOf, type Shard } from "../shards/shard.ts";
import { warnOfSome } from "../warn-of-some.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { withOutput } from "../with-output.ts";
import { type MeansOptions, withEvaluator } from "./evaluation.ts";
import {
  type ComparedRates,
  type Comparison,
  type ComparisonConditions,
  comparisonCsv,
  comparisonJson,
  comparisonTable,
  killsOf,
} from "./format-comparison.ts";
import { checkDriverOfVms, checkHostOptions } from "./host-subjects.ts";
import { hostsUntil, loadHosts, studyHosts } from "./loaded-hosts.ts";
import {
  DEFAULT_SET,
  examplesOf,
  policiesOf,
  type RateSet,
  readDrivers,
  readRates,
  runDriversOf,
} from "./rate-sets.ts";
import {
  checkDriversFit,
  driversOf,
  idleRulesRemarks,
  ignoredRulesRemarks,
  loadTraces,
  studyTraces,
} from "./study-traces.ts";
import { kindOfSubjects } from "./subjects.ts";

/** The options of `balloon-sim compare` as the command line gives them. */
export interface CompareOptions extends WhatIfOptions, MeansOptions {
  readonly driver?: string;
  /** Names of drivers, separated by commas. */
  readonly drivers?: string;
  readonly on?: string[];
  readonly format: "table" | "csv" | "json";
  readonly aggregate: string;
  readonly output?: string;
  readonly seeds?: number;
  readonly worlds: number;
  readonly shard?: Shard;
}

/** The description of a comparison without the values of its runs; plain data. */
export interface ComparisonPlan extends ComparisonConditions {
  readonly format: CompareOptions["format"];
  /** Sets of one driver are adjacent. */
  readonly sets: readonly RateSet[];
  /** Remarks about the traces, one sentence each, safe to print. */
  readonly remarks: readonly string[];
}

/** Executes `balloon-sim compare`. */
export async function compareRates(names: readonly string[], options: CompareOptions): Promise<void> {
  if (options.on === undefined) {
    throw new InputError("compare: a trace is missing, such as: balloon-sim compare best.json --on spike");
  }
  const { shard } = options;
  const files = argumentFiles(names.filter((name) => name !== DEFAULT_SET));
  checkOutput(options.output, [...files, ...traceFiles(options.on, "--on"), ...optionFiles(options)]);
  if (parseAggregate(options.aggregate).kind === "weights") {
    throw new InputError("--aggregate weights: compare has no weights: use mean");
  }
  const kind = kindOfSubjects(options.on);
  if (options.drivers === undefined && files.length === 0 && names.length <= 1)
    throw new InputError(missingRates(kind, options.on));
  const { sets, setup, ...compared } = (kind === "host" ? hostsToCompare : tracesToCompare)(names, options.on, options);
  const { seeds } = setup;
  const plan: ComparisonPlan = {
    ...(kind === "host" ? { kind } : {}),
    format: options.format,
    sets,
    ...compared,
    seeds,
    worlds: options.worlds,
    aggregate: options.aggregate,
  };
  if (shard === undefined) {
    // An output that can't be written is found before the runs are executed.
    await withOutput(options.output, async (sink) => {
      const values: (readonly number[])[] = [];
      await makeRuns(plan, indicesOf(plan), { setup, options }, (_, own) => values.push(own));
      sink.write(comparisonText(plan, values));
    });
    return;
  }
  const { withPart } = await import("../shards/part-writer.ts");
  const runs = runCountIn(plan);
  const part = {
    command: "compare",
    shard,
    runs,
    options: [setup.whatIf, { ...plan, traces: options.on }],
    traces: setup.traces.map(({ sha256, machine }) => [sha256, machine]),
    result: plan,
  } as const;
  await withPart(options.output, part, (writer) =>
    makeRuns(plan, [...runsOf(shard, runs)], { setup, options }, (run, values) => writer.add(run, { values })),
  );
}

/** The message that there is nothing to compare the driver's own constants with. */
function missingRates(kind: SubjectKind, on: readonly string[]): string {
  const example = `balloon-sim compare best.json --on ${kind === "host" ? on.map(shownInput).join(" ") : "spike"}`;
  const policies = "; balloon-sim capacity --policies compares policies, sweep parameters of one";
  return `compare: a rates file is missing, such as: ${example}${kind === "host" ? policies : ""}`;
}

/** What is compared, on what. */
interface Compared extends Pick<ComparisonPlan, "sets" | "remarks" | "traces" | "whatIf" | "whatIfByTrace"> {
  readonly setup: Omit<RunSetup, "driver" | "host">;
}

function tracesToCompare(names: readonly string[], on: readonly string[], options: CompareOptions): Compared {
  const whatIf = parseWhatIf(options);
  const loaded = loadTraces(on, whatIf);
  const held = loaded.map((trace) => trace.held);
  const named = driversOf(loaded);
  const sets = setsOf(names, options, named);
  checkDriversFit(policiesOf(sets), loaded);
  noteReplacedDrivers(
    chooserOf(options),
    policiesOf(sets).map(({ name }) => name),
    named,
  );
  const seeds = seedNames(options.seeds);
  return {
    sets,
    remarks: [
      ...ignoredRulesRemarks(runDriversOf(sets), loaded),
      ...idleRulesRemarks(examplesOf(sets), loaded, seeds[0] as string),
    ],
    traces: studyTraces(loaded),
    whatIf: whatIfText(whatIf, held),
    whatIfByTrace: held.map((one) => whatIfText(whatIf, [one])),
    setup: { traces: loaded.map(({ text }) => text), whatIf, seeds },
  };
}

/** On a host all VMs with the driver of a set of rates get these rates. */
function hostsToCompare(names: readonly string[], on: readonly string[], options: CompareOptions): Compared {
  checkHostOptions(options);
  if (options.drivers !== undefined) {
    throw new InputError("--drivers: is not for hosts, whose VMs have drivers of their own: compare rates files");
  }
  const hosts = loadHosts(on, []);
  const named = hosts.flatMap(({ text, scenario }) =>
    scenario.vms.map((vm): NamedDriver => ({ trace: text.trace, driver: vm.driver.name })),
  );
  const sets = setsOf(names, options, named);
  for (const policy of policiesOf(sets)) checkDriverOfVms(hosts, policy, chooserOf(options));
  const whatIf = hostsUntil(hosts, options.until);
  const ends = hosts.map(({ scenario }) => ({ endUs: scenario.durationUs }));
  return {
    sets,
    remarks: [],
    traces: studyHosts(hosts),
    whatIf: whatIfText(whatIf, ends),
    whatIfByTrace: ends.map((end) => whatIfText(whatIf, [end])),
    setup: { traces: hosts.map(({ text }) => text), whatIf, seeds: seedNames(options.seeds) },
  };
}

const setsOf = (names: readonly string[], options: CompareOptions, named: readonly NamedDriver[]): RateSet[] =>
  options.drivers === undefined
    ? readRates(options.driver, named, names)
    : readDrivers(options.drivers, names, options.driver);

/** What of the command line chooses the drivers of the runs. */
const chooserOf = ({ driver, drivers }: CompareOptions): "--driver" | "--drivers" | "rates files" =>
  drivers !== undefined ? "--drivers" : driver !== undefined ? "--driver" : "rates files";

/** How many runs a comparison has. */
const runCountIn = (plan: ComparisonPlan): number => plan.sets.length * placesIn(plan).length;

const indicesOf = (plan: ComparisonPlan): number[] => Array.from({ length: runCountIn(plan) }, (_, run) => run);

/** Where each set of rates is run. */
const placesIn = ({ traces, seeds, worlds }: ComparisonPlan): Place[] =>
  placesOf(
    { traces, seeds },
    traces.map((_, i) => i),
    worldsFrom(1, worlds),
  );

/**
 * A comparison in the format of its plan. Prints a line about kills to standard error if the format has no such line.
 * @param values objectives of all runs: those of the first set of rates, then those of the next one
 */
export function comparisonText(plan: ComparisonPlan, values: readonly (readonly number[])[]): string {
  const { kind = "trace", sets, traces, aggregate: written } = plan;
  const objectives = objectivesOf(kind);
  const places = placesIn(plan);
  const all = traces.map((_, i) => i);
  const runs = sets.map((_, set) =>
    places.map((place, i): TrialRun => runOf(place, values[set * places.length + i] as readonly number[])),
  );
  const aggregate = parseAggregate(written);
  const header = { objectives: objectives.map(({ name }) => name), goals: [], requirements: [], aggregate, traces };
  const scoring = new Scoring(header);
  const measured = (own: readonly TrialRun[], indices: readonly number[]) => {
    const byWorld = scoring.valuesByWorld(own, indices);
    return objectives.map((_, i) => byWorld.map((world) => world[i] as number));
  };
  const byTrace = runs.map((own) => all.map((trace) => measured(own, [trace])));
  const overall = runs.map((own) => measured(own, all));
  const rates = sets.map(
    (set, i): ComparedRates => ({
      ...set,
      params: policyNamed(set.driver, "--drivers").params,
      runs: runs[i] as TrialRun[],
      spreads: (overall[i] as Measured).map(spreadOf),
      byTrace: (byTrace[i] as Measured[]).map((world) => world.map(spreadOf)),
      relations: (overall[i] as Measured).map((own, objective) =>
        relationOf(own, overall[0]?.[objective] as readonly number[]),
      ),
      against: i === 0 ? null : against(kind, byTrace[i] as Measured[], byTrace[0] as Measured[]),
    }),
  );
  const { whatIf, whatIfByTrace, seeds, worlds, format } = plan;
  const comparison: Comparison = { kind, traces, whatIf, whatIfByTrace, seeds, worlds, aggregate: written, rates };
  // The table begins with this line.
  const kills = format === "table" ? null : killsOf(comparison);
  if (kills !== null) warn(`balloon-sim: ${kills}`);
  warnOfSome(plan.remarks, "note");
  warnOfCaveats(policiesOf(sets).map(caveatOf));
  return { table: comparisonTable, csv: comparisonCsv, json: comparisonJson }[format](comparison);
}

/** For each world one value per objective. */
type Measured = readonly (readonly number[])[];

/** The inputs of all runs of a comparison. */
interface Means {
  readonly setup: Compared["setup"];
  readonly options: CompareOptions;
}

/**
 * Executes runs of a comparison and delivers the objectives of each, in their order.
 * @param runs their indices
 * @throws {InputError} if rates are invalid for a run
 * @throws {RunError} if a run fails
 */
async function makeRuns(
  plan: ComparisonPlan,
  runs: readonly number[],
  { setup, options }: Means,
  deliver: (run: number, values: readonly number[]) => void,
): Promise<void> {
  const places = placesIn(plan);
  const placeOf = (run: number) => places[run % places.length] as Place;
  const setOf = (run: number) => plan.sets[Math.floor(run / places.length)] as ComparisonPlan["sets"][number];
  let next = 0;
  for (const driver of new Set(runs.map((run) => setOf(run).driver))) {
    const own = runs.filter((run) => setOf(run).driver === driver);
    const tuned: Pick<RunSetup, "driver" | "host"> =
      plan.kind === "host" ? { host: { driver, policy: null } } : { driver };
    await withEvaluator({ ...setup, ...tuned }, options, (evaluator, note) =>
      evaluator.run(
        own.map((run): RunTask => ({ rates: setOf(run).rates, ...placeOf(run) })),
        (result) => {
          const run = runs[next] as number;
          if (!result.ok) {
            const trace = plan.traces[placeOf(run).trace]?.trace ?? "";
            const shown = [setOf(run).name, trace].map(escapeUnsafe);
            if (result.isInput) throw new InputError(`${shown[0]}: can't be run on ${shown[1]}: ${result.error}`);
            throw new RunError(`${shown[0]}: the run on ${shown[1]} failed: ${result.error}`);
          }
          deliver(run, result.values);
          note(++next / runs.length);
        },
      ),
    );
  }
}

/** Compares the measured values of two sets of rates in each objective. */
const against = (kind: SubjectKind, values: readonly Measured[], references: readonly Measured[]) =>
  objectivesOf(kind).map((objective, i) =>
    compareObjective(
      objective,
      values.map((one) => one[i] as readonly number[]),
      references.map((one) => one[i] as readonly number[]),
    ),
  );
