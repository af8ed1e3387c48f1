import { InputError, RunError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { shownInput } from "../../trace/input.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { parseAggregate } from "../../tune/goal.ts";
import type { SubjectKind } from "../../tune/objectives.ts";
import { type Place, seedNames } from "../../tune/study/candidates.ts";
import type { RunSetup, RunTask } from "../../tune/study/runner.ts";
import { type NamedDriver, noteReplacedDrivers } from "../driver-of-traces.ts";
import { argumentFiles, checkOutput, optionFiles, traceFiles } from "../input-files.ts";
import { runsOf, type Shard } from "../shards/shard.ts";
import { parseWhatIf, type WhatIfOptions } from "../what-if-options.ts";
import { withOutput } from "../with-output.ts";
import { type ComparisonPlan, comparisonText, placesIn } from "./comparison-plan.ts";
import { type MeansOptions, withEvaluator } from "./evaluation.ts";
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
import { checkDriversFit, driversOf, loadTraces, studyTraces } from "./study-traces.ts";
import { kindOfSubjects } from "./subjects.ts";
import { idleRulesRemarks, ignoredRulesRemarks } from "./trace-remarks.ts";

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
