import type { MachineFiles } from "./files.ts";

/** Whether the kernel's own balloon driver is loaded as a module, is built in, or is absent (null). */
export function kernelDriver(files: MachineFiles): "module" | "built-in" | null {
  // Only a loaded module has a state; a built-in one appears because of its parameters.
  if (files.exists("sys/module/vmw_balloon/initstate")) return "module";
  if (files.exists("sys/module/vmw_balloon") || files.exists("sys/kernel/debug/vmmemctl")) return "built-in";
  return null;
}
