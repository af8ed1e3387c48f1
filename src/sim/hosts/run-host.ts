import type { Us } from "../../common/units.ts";
import { HostRun, type HostRunOptions } from "./machine/host-run.ts";
import type { SampledObserver } from "./machine/run-view.ts";
import { LocalGroup, type VmGroup, type VmGroupOptions } from "./machine/vm-group.ts";
import type { HostResult } from "./measures/results.ts";
import { HostSummarizer, summaryPeriodUs } from "./measures/summarizer.ts";
import type { HostScenario } from "./scenario/types.ts";

/** How a host is run once. */
export interface RunHostOptions extends HostRunOptions {
  /** Number of the world of the VMs' traces, from 1; default 1, the traces as written. */
  readonly world?: number;
  /** Further observers of the host. */
  readonly observers?: readonly SampledObserver[];
  /** Observers of VMs; see `VmGroupOptions`. */
  readonly vms?: Omit<VmGroupOptions, "world">;
  /** Makes the group of the VMs; default: they run in this thread. */
  readonly groupOf?: (scenario: HostScenario, options: VmGroupOptions) => VmGroup;
}

/** The scenario, with its end at a time if it does not end before. */
const shortened = (scenario: HostScenario, untilUs: Us): HostScenario =>
  untilUs < scenario.durationUs ? { ...scenario, durationUs: untilUs } : scenario;

/**
 * Runs a host from its beginning to its end. The same scenario and world give the same result, whatever observes the run.
 * @throws {InputError} if the trace of a VM can't be simulated
 * @throws {RunError} if a guest crashes, or the policy of a user fails
 */
export function runHost(scenario: HostScenario, options: RunHostOptions = {}): HostResult {
  const { world = 1, observers = [], vms = {}, groupOf = localGroup, untilUs, ...others } = options;
  const host = shortened(scenario, untilUs ?? Number.POSITIVE_INFINITY);
  const summarizer = new HostSummarizer(host);
  new HostRun(host, groupOf(host, { world, ...vms }), others, [
    { observer: summarizer, everyUs: summaryPeriodUs(host.durationUs) },
    ...observers,
  ]).run();
  return summarizer.result;
}

const localGroup = (scenario: HostScenario, options: VmGroupOptions): VmGroup => new LocalGroup(scenario, options);
