import type { CpuFacts } from "./addon.ts";

/** What runs this machine. */
export function detectHypervisor(cpu: CpuFacts): { readonly isVmware: boolean; readonly name: string } {
  const isVmware = cpu.isVirtual && cpu.vendor === "VMwareVMware";
  return { isVmware, name: isVmware ? "VMware" : cpu.isVirtual ? cpu.vendor : "no virtual machine" };
}
