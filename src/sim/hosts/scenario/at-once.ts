import type { Pages, Us } from "../../../common/units.ts";

/** When a VM is powered on, and off; Infinity: not before the end. */
interface Life {
  readonly onUs: Us;
  readonly offUs: Us;
}

/** The most of a size that VMs have together which are powered on at the same time. */
export function mostAtOnce<V extends Life>(vms: readonly V[], sizeOf: (vm: V) => Pages): Pages {
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
