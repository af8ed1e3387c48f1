import type { Pages } from "../../../common/units.ts";
import type { VmScenario } from "./types.ts";

/** The most of a size that VMs have together which are powered on at the same time. */
export function mostAtOnce(vms: readonly VmScenario[], sizeOf: (vm: VmScenario) => Pages): Pages {
  const steps = vms.flatMap((vm) => [
    { atUs: vm.onUs, pages: sizeOf(vm) },
    { atUs: vm.offUs, pages: -sizeOf(vm) },
  ]);
  // What is powered off at the same time makes room first.
  steps.sort((a, b) => (a.atUs === b.atUs ? a.pages - b.pages : a.atUs - b.atUs));
  let now = 0;
  let most = 0;
  for (const { pages } of steps) {
    now += pages;
    most = Math.max(most, now);
  }
  return most;
}
