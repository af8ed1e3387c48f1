import { periodOption } from "../../common/cli/option-values.ts";
import { aboutHost } from "../cli/host/about-host.ts";
import { hostDocument } from "../cli/host/host-options.ts";
import { runHostWorlds } from "../cli/host/run-worlds.ts";
import { summaryObject } from "../cli/host/summary-data.ts";
import { checkOptions, DRIVER_NAMES, type DriverOptions, given, listOf } from "./options.ts";

/** How `runHost` runs a host. */
export interface RunHostOptions extends DriverOptions {
  /** Policy of the host instead of the file's: a name, or the file of a module. Its code is executed. */
  readonly policy?: string;
  /** Seed of all drawn phases and copies; default: that of the host's file. */
  readonly seed?: string;
  /** Number of worlds, see docs/worlds.md; default 1. */
  readonly worlds?: number;
  /** End of the run, such as `8h`; default: that of the host. */
  readonly until?: string;
  /** Number of threads for the VMs; default 1. Results do not depend on it. */
  readonly workers?: number;
}

/** The figures of a host and of its VMs: what `balloon-sim host --format json` prints (docs/hosts.md). */
export type HostSummary = Readonly<Record<string, unknown>>;

/**
 * Runs the VMs of a host side by side under its policy, as `balloon-sim host` does.
 * @param host file, or name of a bundled host; a module that it names as its policy is executed
 * @returns one summary for each world
 * @throws {InputError} if the host or an option can't be used
 * @throws {RunError} if a guest crashes, or a policy fails
 */
export async function runHost(host: string, options: RunHostOptions = {}): Promise<HostSummary[]> {
  checkOptions(options, RUN_HOST_OPTIONS, "runHost");
  const { until, worlds, workers, set, ...others } = options;
  const document = hostDocument(host, given({ ...others, set: listOf(set) }));
  const untilUs = until === undefined ? undefined : periodOption("until", until);
  const runs = await runHostWorlds(document, given({ worlds, workers, until: untilUs }));
  return runs.map(({ scenario, result }) => summaryObject(aboutHost(scenario), result) as HostSummary);
}

const RUN_HOST_OPTIONS = [
  ...DRIVER_NAMES,
  "policy",
  "seed",
  "worlds",
  "until",
  "workers",
] as const satisfies readonly (keyof RunHostOptions)[];
