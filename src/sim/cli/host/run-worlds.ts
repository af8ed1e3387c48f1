import type { Us } from "../../../common/units.ts";
import type { SampledObserver } from "../../hosts/machine/run-view.ts";
import { type RunHostOptions, runHostPaced } from "../../hosts/run-host.ts";
import { type HostDocument, scenarioOf } from "../../hosts/scenario/read.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import type { RanHost } from "./ran-host.ts";
import { type VmRowsSpec, watchVms } from "./vm-rows.ts";
import { inThreads } from "./vm-threads.ts";

/** How a host is run in worlds. */
export interface WorldsOptions {
  /** Default 1. */
  readonly worlds?: number;
  /** End of the run; default: that of the host. */
  readonly until?: Us;
  /** Number of threads, default 1: the results do not depend on it. */
  readonly workers?: number;
}

/** World 1: its scenario, and what sees its run. */
export interface FirstWorld {
  readonly scenario: HostScenario;
  readonly observers: readonly SampledObserver[];
  /** Rows of each VM; null: none are written. */
  readonly specs: readonly VmRowsSpec[] | null;
}

/**
 * Runs a host in each world, one after the other.
 * @param first null: as the host says, watched by nothing
 * @param paced is told how far a world is, from 0 to 1; the worlds count from 1
 * @throws {RunError} if a guest crashes, or a policy fails
 */
export async function runHostWorlds(
  document: HostDocument,
  { worlds = 1, until, workers = 1 }: WorldsOptions,
  first: FirstWorld | null = null,
  paced: (world: number, done: number) => Promise<void> = async () => {},
): Promise<RanHost[]> {
  const bounds = until === undefined ? {} : { untilUs: until };
  const optionsOf = (watch: FirstWorld | null): RunHostOptions => {
    const { observers = [], specs = null } = watch ?? {};
    return {
      ...bounds,
      observers,
      ...(workers > 1 ? { groupOf: inThreads(document, workers, specs) } : {}),
      ...(specs === null ? {} : { vms: watchVms(specs) }),
    };
  };
  const runs: RanHost[] = [];
  for (let world = 1; world <= worlds; world++) {
    const watch = world === 1 ? first : null;
    const scenario = watch?.scenario ?? scenarioOf(document, world);
    const result = await runHostPaced(scenario, optionsOf(watch), (done) => paced(world, done));
    await paced(world, 1);
    runs.push({ scenario, result });
  }
  return runs;
}
