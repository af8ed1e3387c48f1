/** The state of a host and of its VMs at the times of a run: what the page's cursor shows. */
import type { Us } from "../../../common/units.ts";

/** Figures of the host beside its state, in pages: columns of `host.csv`. */
export const HOST_FIGURES_AT = ["free", "consumed", "ballooned", "swapped"] as const;
/** Figures of a VM: columns of `vms.csv`, in pages, and the time in microseconds that it has stalled since it was powered on. */
export const VM_FIGURES_AT = ["size", "target_size", "consumed", "swapped", "stall_some_us"] as const;
export type VmFigureAt = (typeof VM_FIGURES_AT)[number];

/** A run at its times, or its part so far. */
export interface HostMoments {
  /** End of the whole run. */
  readonly endUs: Us;
  /** Ascending. */
  readonly timesUs: readonly Us[];
  /** State by the policy's words; null: none. */
  readonly states: readonly (string | null)[];
  /** For each of `HOST_FIGURES_AT` a value at each time. */
  readonly host: readonly (readonly number[])[];
  /** In the order of the file; for each of `VM_FIGURES_AT` a value at each time, NaN while the VM is off. */
  readonly vms: readonly { readonly name: string; readonly figures: readonly (readonly number[])[] }[];
}
