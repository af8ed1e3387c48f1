import type { Us } from "../../common/units.ts";
import { HostRun, type HostRunOptions } from "./machine/host-run.ts";
import type { SampledObserver } from "./machine/run-view.ts";
import { LocalGroup, type VmGroup, type VmGroupOptions } from "./machine/vm-group.ts";
import type { HostResult } from "./measures/results.ts";
import { HostSummarizer, summaryPeriodUs } from "./measures/summarizer.ts";
import type { HostScenario } from "./scenario/types.ts";

/** How a host is run once. */
export interface RunHostOptions extends HostRunOptions {
  /** Number of the world of the VMs' traces, from 1; default: that of the scenario, which has the phases of copies. */
  readonly world?: number;
  /** Further observers of the host. */
  readonly observers?: readonly SampledObserver[];
  /** Observers of VMs; see `VmGroupOptions`. */
  readonly vms?: Omit<VmGroupOptions, "world">;
  /** Makes the group of the VMs; default: they run in this thread. */
  readonly groupOf?: (scenario: HostScenario, options: VmGroupOptions) => VmGroup;
}

/** The scenario, with its end at a time if it does not end before. */
export const shortened = (scenario: HostScenario, untilUs: Us): HostScenario =>
  untilUs < scenario.durationUs ? { ...scenario, durationUs: untilUs } : scenario;

/**
 * Runs a host from its beginning to its end. The same scenario and world give the same result, whatever observes the run.
 * @throws {InputError} if the trace of a VM can't be simulated
 * @throws {RunError} if a guest crashes, or the policy of a user fails
 */
export function runHost(scenario: HostScenario, options: RunHostOptions = {}): HostResult {
  const { run, summarizer } = startHost(scenario, options);
  run.run();
  return summarizer.result;
}

/** Meetings of a slice of a run: some milliseconds of real time. */
const SLICE_MEETINGS = 4;

/**
 * Runs a host as `runHost` does, in slices: yields the progress, 0 to 1, between them.
 * @throws {InputError} @throws {RunError} as `runHost`
 */
export function* runHostSliced(
  scenario: HostScenario,
  options: RunHostOptions = {},
): Generator<number, HostResult, void> {
  const { run, summarizer } = startHost(scenario, options);
  while (run.runFor(SLICE_MEETINGS)) yield run.progress;
  return summarizer.result;
}

/**
 * Runs a host as `runHost` does, in slices.
 * @param pace called between them with the progress, 0 to 1
 * @throws {InputError} @throws {RunError} as `runHost`
 */
export async function runHostPaced(
  scenario: HostScenario,
  options: RunHostOptions,
  pace: (progress: number) => Promise<void>,
): Promise<HostResult> {
  const slices = runHostSliced(scenario, options);
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value;
    await pace(value);
  }
}

function startHost(scenario: HostScenario, options: RunHostOptions): { run: HostRun; summarizer: HostSummarizer } {
  const { world = scenario.world, observers = [], vms = {}, groupOf = localGroup, untilUs, ...others } = options;
  const host = shortened(scenario, untilUs ?? Number.POSITIVE_INFINITY);
  const summarizer = new HostSummarizer(host);
  const run = new HostRun(host, groupOf(host, { world, ...vms }), others, [
    { observer: summarizer, everyUs: summaryPeriodUs(host.durationUs) },
    ...observers,
  ]);
  return { run, summarizer };
}

const localGroup = (scenario: HostScenario, options: VmGroupOptions): VmGroup => new LocalGroup(scenario, options);
