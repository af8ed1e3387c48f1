import { resolve } from "node:path";
import { warn } from "../../../common/cli/output.ts";
import { InputError, RunError } from "../../../common/errors.ts";
import { escapeUnsafe, quote } from "../../../common/quote.ts";
import { driverOfRates } from "../../../common/rates.ts";
import { readRatesFile } from "../../../common/rates-file.ts";
import { formatSize, formatTime, type Us } from "../../../common/units.ts";
import { type Axis, ampleMemory, memoryAxis, type Step, vmsAxis } from "../../hosts/capacity/axis.ts";
import { searchCapacity } from "../../hosts/capacity/capacity.ts";
import type { Point } from "../../hosts/capacity/point.ts";
import { capacityPool } from "../../hosts/capacity/pool.ts";
import { checkRequiredVms, figureOf, parseHostRequirements, shownFigure } from "../../hosts/capacity/requirement.ts";
import { type CapacitySetup, type PolicySetup, type Trial, TrialRunner } from "../../hosts/capacity/setup.ts";
import type { RunTrial } from "../../hosts/capacity/trials.ts";
import { policyFinder } from "../../hosts/own-policy/load.ts";
import { type HostText, readHostText } from "../../hosts/scenario/host-text.ts";
import { applyHostSets, parseHost, scenarioOf } from "../../hosts/scenario/read.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { findHost } from "../../trace/bundled.ts";
import { untilRemark } from "../host/host-options.ts";
import { checkOutput } from "../input-files.ts";
import { processors } from "../jobs/processors.ts";
import { barTerminal, Progress } from "../jobs/progress.ts";
import { terminalWidth } from "../table.ts";
import { withOutput } from "../with-output.ts";
import { capacityCsv, capacityJson } from "./capacity-data.ts";
import { capacityText } from "./capacity-text.ts";
import type { CapacityReport } from "./report.ts";

/** The options of `balloon-sim capacity` as the command line gives them. */
export interface CapacityOptions {
  readonly require?: readonly string[];
  /** Names and files, separated by commas. */
  readonly policies?: string;
  readonly over: "memory" | "vms";
  readonly group?: string;
  readonly step?: Step;
  readonly worlds: number;
  readonly driver?: string;
  readonly rates?: string;
  readonly set?: readonly string[];
  readonly seed?: string;
  readonly until?: Us;
  readonly workers?: number;
  readonly quiet?: true;
  readonly format: "table" | "csv" | "json";
  readonly output?: string;
}

/** Distance of two points where nothing is said. */
const DEFAULT_STEP: Step = { percent: 2 };
/** Runs that a search takes, roughly, for each world and besides, without those of the first look; for the bar. */
const RUNS_PER_WORLD = 4;
const RUNS_BESIDES = 6;
/** The policy that never takes anything from guests. */
const NO_POLICY = "none";

/** Executes `balloon-sim capacity`. */
export async function findCapacity(host: string, options: CapacityOptions): Promise<void> {
  const { output, format } = options;
  const search = prepareSearch(host, options);
  checkOutput(output, host === "-" ? [] : [{ option: null, path: findHost(host) }]);
  await withOutput(output, async (sink) => {
    const report = await search();
    sink.write(
      format === "table"
        ? capacityText(report, terminalWidth())
        : { csv: capacityCsv, json: capacityJson }[format](report),
    );
  });
}

/**
 * Searches for the capacity of a host.
 * @throws {InputError} if the host or an option can't be used
 * @throws {RunError} if not even a host with memory for all keeps the requirements
 */
export const searchHost = async (host: string, options: CapacityOptions): Promise<CapacityReport> =>
  await prepareSearch(host, options)();

/** Checks the options; the search itself is what is returned. */
function prepareSearch(host: string, options: CapacityOptions): () => Promise<CapacityReport> {
  const { over, group = null, worlds } = options;
  const requirements = parseHostRequirements(options.require ?? []);
  if (group !== null && over !== "vms")
    throw new InputError("--group: is for --over vms, which it restricts to one VM and its copies");
  const source = readHostText(host);
  const file = hostOfFile(source, options);
  const searched = searchedPolicies(options, file.policy.name);
  const setup: CapacitySetup = {
    source,
    seed: options.seed ?? null,
    ...(options.until === undefined ? {} : { untilUs: options.until }),
    requirements,
    policies: [...searched.map(({ setup: one }) => one), { policy: NO_POLICY, sets: ofNoPolicy(options) }],
  };
  const runner = new TrialRunner(setup);
  // Errors of options are found before anything runs.
  for (const policy of setup.policies.keys()) runner.base(policy);
  checkRequiredVms(requirements, file);
  const remark = untilRemark(options.until, file.durationUs);
  if (remark !== null) warn(`balloon-sim: warning: ${remark}`);
  const step = options.step ?? DEFAULT_STEP;
  const axis = over === "memory" ? memoryAxis(file, step) : vmsAxis(file, group, step);
  return async () => {
    const policies = await withRuns(setup, options, async (run, note) => {
      await checkAlone(setup, file, worlds, run);
      const expected = axis.points.length / 8 + RUNS_BESIDES + RUNS_PER_WORLD * worlds;
      return await Promise.all(
        searched.map((_, policy) =>
          searchCapacity(policy, axis, worlds, run, {
            note: (runs) => note(policy, Math.min(0.98, runs / expected)),
          }),
        ),
      );
    });
    return {
      host: file,
      over,
      group,
      requirements,
      untilUs: options.until ?? null,
      worlds,
      axis,
      scenarioOf: (index) => runner.scenario(trialOf(axis, index)),
      policies: policies.map((capacity, i) => ({ name: searched[i]?.name ?? "", capacity })),
    };
  };
}

const trialOf = (axis: Axis, index: number): Trial => ({
  policy: 0,
  point: axis.points[index] as Point,
  world: 1,
  isWhole: false,
});

/** The host of the file, as the command line changes it, under the file's policy. */
const hostOfFile = (source: HostText, options: CapacityOptions): HostScenario =>
  scenarioOf(
    applyHostSets(parseHost(source), {
      sets: options.policies === undefined ? allSets(options) : ofNoPolicy(options),
      seed: options.seed ?? null,
    }),
  );

/** A policy under which a search is made. */
interface SearchedPolicy {
  readonly name: string;
  readonly setup: PolicySetup;
}

/** @param ofFile name of the file's policy, which keeps the parameters that the file has for it */
function searchedPolicies(options: CapacityOptions, ofFile: string): SearchedPolicy[] {
  const { policies } = options;
  const sets = allSets(options);
  if (policies === undefined) return [{ name: ofFile, setup: { policy: null, sets } }];
  const option = `--policies ${quote(policies)}`;
  const find = policyFinder("--policies");
  const given = policies.split(",").map((one) => one.trim());
  if (given.includes("")) throw new InputError(`${option}: expected names with commas between them, such as esx,mom`);
  const names = given.map((one) => find(one).name);
  names.forEach((name, i) => {
    if (names.indexOf(name) < i) throw new InputError(`${option}: names ${name} twice`);
  });
  // Parameters belong to a policy; those of another one that is searched, too, are meant for it.
  const isForeign = (set: string, own: string): boolean =>
    names.some((name) => name !== own && set.startsWith(`host.${name}.`));
  return names.map((name, i) => ({
    name,
    setup: {
      policy: name === ofFile ? null : (given[i] as string),
      sets: sets.filter((set) => !isForeign(set, name)),
    },
  }));
}

const allSets = (options: CapacityOptions): string[] => [...driverSets(options), ...(options.set ?? [])];
/** All sets but parameters of policies. */
const ofNoPolicy = (options: CapacityOptions): string[] => allSets(options).filter((set) => !ofSomePolicy(set));

/** Whether a `--set` is one of a policy's parameters: `host.POLICY.PARAMETER`. */
const ofSomePolicy = (set: string): boolean => /^host\.(?!swap\.)[^.=]+\.[^.=]+=/.test(set);

/** `--driver` and `--rates` for all VMs. */
function driverSets({ driver, rates }: CapacityOptions): string[] {
  const ofRates = rates === undefined ? null : (driverOfRates(readRatesFile(rates))?.name ?? null);
  const named = driver ?? ofRates;
  return [
    ...(named === null || named === undefined ? [] : [`vms.*.driver=${named}`]),
    ...(rates === undefined ? [] : [`vms.*.rates=${resolve(rates)}`]),
  ];
}

/**
 * Checks that the guests keep the requirements on a host with memory for all that never balloons: on smaller ones they would break
 * them, too.
 * @throws {RunError} if they do not
 */
async function checkAlone(
  { requirements, policies }: CapacitySetup,
  base: HostScenario,
  worlds: number,
  run: RunTrial,
): Promise<void> {
  const memory = Math.max(base.memory, ampleMemory(base));
  const point: Point = { over: "memory", memory };
  const trials = await Promise.all(
    Array.from({ length: worlds }, (_, i) => run({ policy: policies.length - 1, point, world: i + 1, isWhole: false })),
  );
  const world = trials.findIndex(({ breach }) => breach !== null);
  const { breach = null, atUs = null } = trials[world] ?? {};
  if (breach === null) return;
  const requirement = requirements[breach.requirement] as CapacitySetup["requirements"][number];
  const value = shownFigure(figureOf(requirement), breach.value);
  const when = atUs === null ? "" : `, at ${formatTime(atUs)}`;
  const remedy =
    breach.vm === null
      ? "require less"
      : `give the VM more memory or swap, such as --set vms.${groupOf(base, breach.vm)}.memory=…, or require less of it`;
  throw new RunError(
    `capacity: no host keeps ${quote(requirement.text, 100)}: ${breach.vm === null ? "it" : escapeUnsafe(breach.vm)} has ` +
      `${value}${when}, in world ${world + 1}, on a host of ${formatSize(memory)} with memory for all, that never balloons: ${remedy}`,
  );
}

const groupOf = ({ vms }: HostScenario, name: string): string => vms.find((vm) => vm.name === name)?.group ?? name;

/** Does work that needs runs, on threads, with a progress bar on a terminal. */
async function withRuns<Result>(
  setup: CapacitySetup,
  { workers = processors(), quiet }: CapacityOptions,
  work: (run: RunTrial, note: (policy: number, done: number) => void) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(setup.policies.length - 1, () => barTerminal(quiet === true));
  const pool = capacityPool(setup, workers);
  const unfollow = progress.follow();
  try {
    return await work(
      (trial) => pool.run(trial),
      (policy, done) => progress.note(policy, done),
    );
  } finally {
    unfollow();
    await pool.stop();
    progress.stop();
  }
}
