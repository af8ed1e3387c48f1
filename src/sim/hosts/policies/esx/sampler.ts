import type { Us } from "../../../../common/units.ts";
import type { VmFigures } from "../../view.ts";
import {
  type ActiveEstimate,
  activeFraction,
  atPeriodEnd,
  DEFAULT_SAMPLING,
  estimateOf,
  withTouched,
} from "./active-estimate.ts";
import { touchedPages } from "./sampled-pages.ts";

/** Length of a period, in the time that the VM runs. */
export const SAMPLING_US: Us = 60_000_000;

/** What is remembered of a VM. */
export interface SampledVm {
  readonly estimate: ActiveEstimate;
  /** Number of periods that are over. */
  readonly periods: number;
}

/** A VM of which nothing is known counts as active: before its first period is over it pays no tax. */
const UNKNOWN: SampledVm = { estimate: estimateOf(1), periods: 0 };

/** What is remembered of VMs, by name, after a further sample of them. VMs that are not sampled (any more) are forgotten. */
export function sampledVms(known: ReadonlyMap<string, SampledVm>, vms: readonly VmFigures[]): Map<string, SampledVm> {
  return new Map(
    vms.flatMap((vm) =>
      vm.sampled === undefined ? [] : [[vm.name, afterSample(known.get(vm.name) ?? UNKNOWN, vm.name, vm.sampled)]],
    ),
  );
}

function afterSample(
  { estimate, periods }: SampledVm,
  name: string,
  { runUs, touched }: NonNullable<VmFigures["sampled"]>,
): SampledVm {
  const { pages } = DEFAULT_SAMPLING;
  const now = withTouched(estimate, touchedPages(name, periods, touched, pages));
  if (runUs < SAMPLING_US) return { estimate: now, periods };
  // The averages begin with the first period.
  const next = periods === 0 ? estimateOf(now.touched / pages) : atPeriodEnd(now);
  return { estimate: next, periods: periods + 1 };
}

/** The fraction of a VM's memory that counts as active: what the state says, else what sampling has shown. */
export function activeOf({ name, active }: VmFigures, known: ReadonlyMap<string, SampledVm>): number {
  return active ?? activeFraction((known.get(name) ?? UNKNOWN).estimate);
}
