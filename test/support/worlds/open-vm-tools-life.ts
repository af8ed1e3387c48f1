import { Capability, Status } from "../../../src/engine/index.ts";
import { OpenVmToolsMachine } from "../../../src/engine/open-vm-tools/machine.ts";
import { OPEN_VM_TOOLS_DEFAULTS, type OpenVmToolsParams } from "../../../src/engine/open-vm-tools/params.ts";
import type { BatchScript } from "./batch-world.ts";
import { MachineLife } from "./machine-life.ts";

/** Values of the parameter `system`. */
export const FREEBSD = 0;
export const SOLARIS = 1;
export const LINUX = 2;

/** All that a host can grant. */
export const ALL =
  Capability.Basic | Capability.Batched | Capability.Batched2m | Capability.Target64 | Capability.Doorbell;

/** A loaded driver in a world; the first cycle sends START. On FreeBSD unless `system` says otherwise. */
export class OpenVmToolsLife extends MachineLife<OpenVmToolsMachine> {
  constructor(params: Partial<OpenVmToolsParams> = {}, script: Partial<BatchScript> = {}) {
    super(new OpenVmToolsMachine({ ...OPEN_VM_TOOLS_DEFAULTS, ...params }), { capabilities: ALL, ...script });
    this.ports.roundName = "round";
  }
}

/** The answer to the n-th command of a cycle, from 0. */
export const answers = (...statuses: number[]) => {
  let n = 0;
  return () => statuses[n++] ?? Status.Success;
};
