import { bundledMachine, machineNames } from "./machines.ts";
import type { MachineProfile } from "./types.ts";

/** The machines of the package, by name. */
export const MACHINES: ReadonlyMap<string, MachineProfile> = new Map(
  machineNames().map((name) => [name, bundledMachine(name) as MachineProfile]),
);
