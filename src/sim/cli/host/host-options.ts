/** The command line of `balloon-sim host`, and the host that it means. */
import { resolve } from "node:path";
import { InputError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { quote } from "../../../common/quote.ts";
import { formatTime, type Us } from "../../../common/units.ts";
import { policyFinder } from "../../hosts/own-policy/load.ts";
import { type HostText, readHostText } from "../../hosts/scenario/host-text.ts";
import { applyHostSets, type HostDocument, parseHost } from "../../hosts/scenario/read.ts";
import { givenDriver } from "../given-driver.ts";

/** The options of `balloon-sim host` as the command line gives them. */
export interface HostOptions {
  readonly policy?: string;
  readonly set?: string[];
  readonly driver?: string;
  readonly rates?: string;
  readonly seed?: string;
  readonly worlds?: number;
  readonly until?: Us;
  readonly output?: string;
  readonly force?: true;
  readonly vmColumns?: string;
  readonly every?: string;
  readonly plot?: true | string;
  readonly against?: true;
  readonly summary?: true;
  readonly format?: "csv" | "ndjson" | "json";
  readonly workers?: number;
  readonly quiet?: true;
}

/**
 * Checks the options with each other.
 * @throws {InputError}
 */
export function checkHostOptions(options: HostOptions): void {
  const { output, plot, against, summary } = options;
  if (output === undefined) {
    // The summary has a format, too.
    const printsSummary = summary === true || (plot === undefined && against === undefined);
    const of = { "--vm-columns": options.vmColumns, "--every": options.every, "--force": options.force };
    const given = { ...of, ...(printsSummary ? {} : { "--format": options.format }) };
    const option = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
    if (option !== undefined) {
      const or = option === "--format" ? ", and for a summary --summary" : "";
      throw new InputError(`${option}: no rows are written: to write them, give -o DIR${or}`);
    }
  }
  if (output === "" || output === "-") {
    throw new InputError(`-o ${quote(output)}: expected a directory for the files of the host`);
  }
  if (typeof plot === "string" && !/\.svg$/i.test(plot)) {
    throw new InputError(
      `--plot ${quote(plot)}: expected a file name that ends in .svg; to draw in the terminal, put --plot last`,
    );
  }
}

/**
 * The host that a command line means.
 * @param name file or name of the host; undefined: the command line has none
 * @throws {InputError}
 */
export function hostDocument(name: string | undefined, options: HostOptions): HostDocument {
  if (name === undefined) throw new InputError("host: a host is missing, such as: balloon-sim host hosts/office");
  return changedHost(readHostText(name), givenChanges(options));
}

/** How a command line changes a host: plain data, which a thread can be sent. */
export interface GivenChanges {
  readonly sets: readonly string[];
  /** Name of the policy, or file of its module; null: the file's. */
  readonly policy: string | null;
  readonly seed: string | null;
}

/** @throws {InputError} for a driver or rates that can't be used */
export const givenChanges = (options: HostOptions): GivenChanges => ({
  sets: [...driverSets(options), ...(options.set ?? [])],
  policy: options.policy ?? null,
  seed: options.seed ?? null,
});

/**
 * The host of a file with the changes of a command line.
 * @param findPolicy finds the policy that `--policy` names
 * @throws {InputError}
 */
export const changedHost = (
  source: HostText,
  { sets, policy, seed }: GivenChanges,
  findPolicy = policyFinder("--policy"),
): HostDocument =>
  applyHostSets(parseHost(source), { sets, policy: policy === null ? null : findPolicy(policy), seed });

/** `--driver` and `--rates` as values of all VMs. The path of a rates file is relative to the working directory here. */
function driverSets({ driver, rates }: HostOptions): string[] {
  const given = givenDriver({ ...(driver === undefined ? {} : { driver }), ...(rates === undefined ? {} : { rates }) });
  if (given.name !== undefined) policyNamed(given.name, given.by ?? "--driver");
  return [
    ...(given.name === undefined ? [] : [`vms.*.driver=${given.name}`]),
    ...(rates === undefined ? [] : [`vms.*.rates=${resolve(rates)}`]),
  ];
}

/** A remark about an end of the run that the host does not reach; null: none. */
export const untilRemark = (untilUs: Us | undefined, durationUs: Us): string | null =>
  untilUs === undefined || untilUs <= durationUs
    ? null
    : `--until ${formatTime(untilUs)}: the host's run ends at ${formatTime(durationUs)}`;
