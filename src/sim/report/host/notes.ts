/** What a reader of a host's results must know, a sentence each. */
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { caveatOf } from "../../output/caveats.ts";

/** Notes about the model, and those of the VMs' drivers. What the host file leaves open is in `HostScenario.assumed`. */
export function notesOf({ vms }: HostScenario): string[] {
  const caveats = [...new Set(vms.map(({ driver }) => driver))].flatMap((driver) => caveatOf(driver) ?? []);
  return [
    "The simulated host neither shares equal pages of VMs nor compresses any: a real one may have more room.",
    ...caveats,
  ];
}
