import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { type ReplayedRun, replay, type Variation } from "../fidelity/replay.ts";
import type { Costs, MachineProfile } from "../trace/types.ts";

/** The recorded runs of a calibration, and the machine whose costs are varied. */
export interface ReplaySetup {
  readonly runs: readonly RecordedRun[];
  /** The machine of the replays. */
  readonly machine: MachineProfile;
}

/** One replay of a recorded run. */
export interface ReplayTask {
  /** Index of the run. */
  readonly run: number;
  /** Replace those of the machine. */
  readonly costs: Partial<Costs>;
  /** Null: as recorded. */
  readonly variation: Variation | null;
}

/** Executes replays, in this thread or in others. */
export interface Replayer {
  /** @returns the results in the order of the tasks @throws {RunError} if a simulation fails */
  replayAll(tasks: readonly ReplayTask[]): Promise<ReplayedRun[]>;
  /** Ends the threads. */
  stop(): Promise<void>;
}

/** Executes one task. @throws {RunError} if the simulation fails */
export const replayTask = ({ runs, machine }: ReplaySetup, { run, costs, variation }: ReplayTask): ReplayedRun =>
  replay(runs[run] as RecordedRun, costs, machine, variation);

/** Executes replays in this thread. */
export class LocalReplayer implements Replayer {
  readonly #setup: ReplaySetup;

  constructor(setup: ReplaySetup) {
    this.#setup = setup;
  }

  async replayAll(tasks: readonly ReplayTask[]): Promise<ReplayedRun[]> {
    return tasks.map((task) => replayTask(this.#setup, task));
  }

  async stop(): Promise<void> {}
}
