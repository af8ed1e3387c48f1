import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { replay } from "../fidelity/replay.ts";
import type { Costs, MachineProfile } from "../trace/types.ts";
import { variationOf } from "./model.ts";

/**
 * The recording that a machine with these costs would have made: a recorded run whose curves are replaced by those of its
 * replay in a world.
 */
export function simulatedRecording(
  run: RecordedRun,
  machine: MachineProfile,
  costs: Partial<Costs>,
  world: number,
): RecordedRun {
  const { curves, target, oomKills } = replay(run, costs, machine, variationOf(world));
  return { ...run, curves, target, oomKills };
}
