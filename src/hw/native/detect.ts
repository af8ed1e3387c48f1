import { readFileSync } from "node:fs";
import type { CpuFacts } from "./addon.ts";

/** Signatures of CPUID, and the names of their hypervisors. */
const NAMES: Readonly<Record<string, string>> = {
  VMwareVMware: "VMware",
  KVMKVMKVM: "KVM",
  "Microsoft Hv": "Hyper-V",
  XenVMMXenVMM: "Xen",
  TCGTCGTCGTCG: "QEMU",
  VBoxVBoxVBox: "VirtualBox",
  "bhyve bhyve ": "bhyve",
};

/** The machine's maker according to its firmware; empty if unknown. */
export function readSystemVendor(): string {
  try {
    return readFileSync("/sys/class/dmi/id/sys_vendor", "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * The hypervisor of this machine. CPUID decides; if the virtual machine is configured to hide it (VMware can hide its
 * signature), the firmware's maker decides.
 */
export function detectHypervisor(
  cpu: CpuFacts,
  systemVendor = readSystemVendor(),
): { readonly isVmware: boolean; readonly name: string } {
  if (cpu.isVirtual && cpu.vendor !== "") {
    const name = NAMES[cpu.vendor] ?? cpu.vendor;
    return { isVmware: cpu.vendor === "VMwareVMware", name };
  }
  if (systemVendor === "VMware, Inc.") return { isVmware: true, name: "VMware" };
  return { isVmware: false, name: cpu.isVirtual ? "an unknown hypervisor" : "no virtual machine" };
}
