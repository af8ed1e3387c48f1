import type { MachineFiles } from "./files.ts";

/** How the kernel's own balloon driver is there: as a module that can be unloaded, built in, or not at all. */
export function kernelDriver(files: MachineFiles): "module" | "built-in" | null {
  // Only what was loaded has a state; what is built in appears for its parameters.
  if (files.exists("sys/module/vmw_balloon/initstate")) return "module";
  if (files.exists("sys/module/vmw_balloon") || files.exists("sys/kernel/debug/vmmemctl")) return "built-in";
  return null;
}
