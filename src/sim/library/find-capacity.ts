import { periodOption } from "../../common/cli/option-values.ts";
import { capacityObject } from "../cli/capacity/capacity-data.ts";
import { CAPACITY_DEFAULTS } from "../cli/capacity/capacity-defaults.ts";
import { searchHost } from "../cli/capacity/find-capacity.ts";
import { stepOption } from "../cli/capacity/step-option.ts";
import { checkOptions, DRIVER_NAMES, type DriverOptions, given, type WorkOptions } from "./options.ts";

/** What `findCapacity` searches for. */
export interface FindCapacityOptions extends DriverOptions, WorkOptions {
  /** What must hold, such as `lost_time_share <= 1%`; at least one (docs/capacity.md). */
  readonly require: readonly string[];
  /** What is varied: the memory of the host, or the number of VMs; default `memory`. */
  readonly over?: "memory" | "vms";
  /** With `vms`: vary the number of this VM alone. */
  readonly group?: string;
  /** Policies to search under; default: that of the file. */
  readonly policies?: readonly string[];
  /** Distance of two points: `512MiB`, `2` (VMs), or `2%`, the default. */
  readonly step?: string;
  /** Number of worlds in which the requirements must be kept; default 3. */
  readonly worlds?: number;
  /** Seed of all drawn phases and copies; default: that of the host's file. */
  readonly seed?: string;
  /** End of each run, such as `8h`. */
  readonly until?: string;
}

/** What a search has found: the object of `balloon-sim capacity --format json` (docs/capacity.md). */
export type Capacity = Readonly<Record<string, unknown>>;

/**
 * Searches for the least memory of a host, or the most VMs on it, with which every requirement is kept, as `balloon-sim capacity`
 * does.
 * @param host file, or name of a bundled host; a module that it names as its policy is executed
 * @throws {InputError} if the host or an option can't be used
 * @throws {RunError} if not even a host with memory for all keeps the requirements
 */
export async function findCapacity(host: string, options: FindCapacityOptions): Promise<Capacity> {
  checkOptions(options, CAPACITY_OPTIONS, "findCapacity");
  const { policies, until, step, ...others } = options;
  const report = await searchHost(host, {
    ...CAPACITY_DEFAULTS,
    ...given({
      ...others,
      policies: policies?.join(","),
      until: until === undefined ? undefined : periodOption("until", until),
      step: step === undefined ? undefined : stepOption("step", step),
    }),
    format: "json",
    quiet: true,
  });
  return capacityObject(report);
}

const CAPACITY_OPTIONS = [
  ...DRIVER_NAMES,
  "workers",
  "require",
  "over",
  "group",
  "policies",
  "step",
  "worlds",
  "seed",
  "until",
] as const satisfies readonly (keyof FindCapacityOptions)[];
