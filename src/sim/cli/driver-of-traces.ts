import { warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import type { BegunBytes } from "../../common/files/bytes.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { quote } from "../../common/quote.ts";
import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../../engine/index.ts";
import { shownInput } from "../trace/input.ts";
import { beginTrace, isReadOnce, openTrace } from "../trace/open.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "./bad-traces.ts";
import type { DriverOption } from "./given-driver.ts";

/** The driver that a trace names (`guest.driver`), and the trace's name on the command line. */
export interface NamedDriver {
  readonly trace: string;
  readonly driver: string | null;
}

/** What the traces of a command say of their drivers. */
export interface TraceDrivers {
  /** Of the traces that can be read. */
  readonly named: readonly NamedDriver[];
  /** The others. A run of one of them fails with the same error. */
  readonly failed: readonly FailedTrace[];
  /** What was read of traces that can be read only once, by their index. */
  readonly begun: ReadonlyMap<number, BegunBytes>;
}

/**
 * The driver of a command: the one that it names, else the one that all its traces name, else the default driver.
 * @param written value of `--driver`, or the driver of the file of `--rates` (`givenDriver`); undefined: not given
 * @param named the traces; those that name no driver run with the default one
 * @throws {InputError} if there is no such driver, or the traces name different ones
 */
export function driverOf(written: string | undefined, named: readonly NamedDriver[]): BalloonPolicy {
  if (written !== undefined) return policyNamed(written, "--driver");
  const byDriver = new Map<BalloonPolicy, NamedDriver[]>();
  for (const one of named) {
    const policy = policyOfTrace(one);
    const same = byDriver.get(policy);
    if (same === undefined) byDriver.set(policy, [one]);
    else same.push(one);
  }
  if (byDriver.size > 1) throw new InputError(`$.guest.driver: ${differentDrivers(byDriver)}`);
  const [policy = DEFAULT_POLICY] = byDriver.keys();
  return policy;
}

/**
 * Chooses what depends on the driver of a command.
 * @param written value of `--driver`; undefined: not given
 * @param drivers those of the traces; if the choice fails, an unreadable trace may be the cause: its error comes first
 * @throws {InputError}
 */
export function chooseByDriver<Choice>(
  written: string | undefined,
  { named, failed }: Pick<TraceDrivers, "named" | "failed">,
  choose: (policy: BalloonPolicy) => Choice,
): Choice {
  try {
    return choose(driverOf(written, named));
  } catch (error) {
    const [only] = failed;
    if (only === undefined || !(error instanceof InputError)) throw error;
    if (named.length === 0 && failed.length === 1) throw only.error;
    for (const trace of failed) warnOfTrace(trace);
    throw named.length === 0 ? badTraces(failed, failed.length, "nothing is left to run") : error;
  }
}

/**
 * The drivers of the traces of a command that is given none; of one that is given a driver, no trace is read.
 * @param written value of `--driver`; undefined: not given
 * @param paths where the traces are, if they are copies
 */
export function driversIn(
  written: string | undefined,
  traces: readonly string[],
  paths: readonly string[] = traces,
): TraceDrivers {
  const named: NamedDriver[] = [];
  const failed: FailedTrace[] = [];
  const begun = new Map<number, BegunBytes>();
  const unread = written === undefined ? traces : [];
  for (const [i, trace] of unread.entries()) {
    try {
      named.push(driverIn(paths[i] as string, trace, (bytes) => begun.set(i, bytes)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      failed.push({ trace, error });
    }
  }
  return { named, failed, begun };
}

function driverIn(path: string, trace: string, keep: (begun: BegunBytes) => void): NamedDriver {
  const source = isReadOnce(path) ? beginTrace(path, trace, keep) : openTrace(path, trace);
  source.close();
  const one = { trace, driver: source.trace.guest.driver };
  policyOfTrace(one);
  return one;
}

/** @throws {InputError} if there is no such driver */
const policyOfTrace = ({ trace, driver }: NamedDriver): BalloonPolicy =>
  policyNamed(driver ?? undefined, `${shownInput(trace)}: $.guest.driver`);

/**
 * Prints a note about the traces that name a driver with which no run is made, because the command names others.
 * @param by what of the command names them
 * @param run names of the drivers that runs have
 * @param named a trace with several runs may be given several times
 */
export function noteReplacedDrivers(
  by: DriverOption | "--drivers" | "rates files",
  run: readonly string[],
  named: readonly NamedDriver[],
): void {
  const byDriver = new Map<string, Set<string>>();
  for (const { trace, driver } of named) {
    if (driver === null || run.includes(driver)) continue;
    byDriver.set(driver, (byDriver.get(driver) ?? new Set<string>()).add(trace));
  }
  if (byDriver.size === 0) return;
  const replaced = [...byDriver].map(([driver, traces]) => {
    return `${POLICIES.has(driver) ? driver : quote(driver)} (${listed([...traces])})`;
  });
  warn(
    `balloon-sim: note: the runs have ${run.join(", ")} (${by}), not what $.guest.driver names: ${replaced.join(", ")}`,
  );
}

/** Maximum number of traces of a driver that a message lists. */
const MAX_LISTED = 3;

/** The first of some traces, and the number of the others. */
function listed(traces: readonly string[]): string {
  const more = traces.length > MAX_LISTED ? ` and ${traces.length - MAX_LISTED} more` : "";
  return `${traces.slice(0, MAX_LISTED).map(shownInput).join(", ")}${more}`;
}

function differentDrivers(byDriver: ReadonlyMap<BalloonPolicy, readonly NamedDriver[]>): string {
  const drivers = [...byDriver].map(([{ name }, traces]) => `${name} (${listed(traces.map(({ trace }) => trace))})`);
  const isSilent = [...byDriver.values()].flat().some(({ driver }) => driver === null);
  const silent = isSilent ? `; a trace that names none has ${DEFAULT_POLICY.name}` : "";
  return `the traces have different drivers: ${drivers.join(", ")}${silent}: give --driver NAME for all of them, or a command for those of each driver`;
}
