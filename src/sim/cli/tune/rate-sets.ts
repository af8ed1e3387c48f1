/** The sets of rates that `compare` runs, with their drivers. */
import { InputError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { driverOfRates, ratesOf } from "../../../common/rates.ts";
import { readRatesFile } from "../../../common/rates-file.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { driverOf, type NamedDriver } from "../driver-of-traces.ts";
import type { ExampleRun, RunDriver } from "./trace-remarks.ts";

/** Name of the driver's own rates on the command line. */
export const DEFAULT_SET = "default";

/** A driver with values of its parameters. */
export interface RateSet {
  /** File, or `default`; of several drivers their names. */
  readonly name: string;
  readonly driver: string;
  readonly rates: Params;
}

/** The drivers of some sets, each once. */
export const policiesOf = (sets: readonly RateSet[]): BalloonPolicy[] =>
  [...new Set(sets.map(({ driver }) => driver))].map((driver) => policyNamed(driver, "--drivers"));

/** The drivers of some sets, with the values of their sets. */
export const runDriversOf = (sets: readonly RateSet[]): RunDriver[] =>
  policiesOf(sets).map((policy) => ({
    policy,
    params: sets.filter(({ driver }) => driver === policy.name).map(({ rates }) => rates),
  }));

/** The first set of each driver, as an example of the driver's runs. */
export const examplesOf = (sets: readonly RateSet[]): ExampleRun[] =>
  policiesOf(sets).flatMap((policy) => {
    const first = sets.find(({ driver }) => driver === policy.name);
    return first === undefined ? [] : [{ policy, rates: first.rates, of: first.name }];
  });

/**
 * The rates of the files, each of the driver that the file names. If all have the same driver, its own constants come first unless
 * they are named.
 * @param written value of `--driver`, the driver of all files; undefined: not given
 * @param traces their driver is that of files that name none
 * @returns sets of the same driver together
 */
export function readRates(
  written: string | undefined,
  traces: readonly NamedDriver[],
  names: readonly string[],
): RateSet[] {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`compare: ${escapeUnsafe(twice)} is given twice`);
  // A driver that a trace names must exist, also where the files name others.
  if (written === undefined) for (const trace of traces) driverOf(undefined, [trace]);
  const files = names.filter((name) => name !== DEFAULT_SET);
  const read = new Map(
    files.map((name): [string, RateSet] => {
      const given = readRatesFile(name);
      const policy = (written === undefined ? driverOfRates(given) : null) ?? driverOf(written, traces);
      return [name, { name, driver: policy.name, rates: ratesOf(policy, given) }];
    }),
  );
  const drivers = [...new Set([...read.values()].map(({ driver }) => driver))];
  const own = (): RateSet => {
    const policy = drivers.length === 1 ? policyNamed(drivers[0], "--driver") : driverOf(written, traces);
    return { name: DEFAULT_SET, driver: policy.name, rates: policy.defaults };
  };
  const all = drivers.length > 1 || names.includes(DEFAULT_SET) ? names : [DEFAULT_SET, ...names];
  return byDriver(all.map((name) => read.get(name) ?? own()));
}

/** Sets in the order of their drivers' first ones. */
function byDriver(sets: readonly RateSet[]): RateSet[] {
  const drivers = [...new Set(sets.map(({ driver }) => driver))];
  return drivers.flatMap((name) => sets.filter(({ driver }) => driver === name));
}

/** Several drivers, each with its own constants. */
export function readDrivers(written: string, files: readonly string[], driver: string | undefined): RateSet[] {
  if (files.length > 0 || driver !== undefined) {
    const what = files.length > 0 ? "rates files" : "--driver";
    const instead = files.length > 0 ? ", which are compared without it if each names its driver" : "";
    throw new InputError(
      `--drivers: compares drivers with their own constants: can't be combined with ${what}${instead}`,
    );
  }
  const policies = written.split(",").map((name) => policyNamed(name.trim(), "--drivers"));
  const twice = policies.find((policy, i) => policies.indexOf(policy) < i);
  if (twice !== undefined) throw new InputError(`--drivers: ${twice.name} is given twice`);
  if (policies.length < 2)
    throw new InputError("--drivers: expected at least two drivers, such as vmmemctl,vmw-balloon");
  return policies.map(({ name, defaults }) => ({ name, driver: name, rates: defaults }));
}
