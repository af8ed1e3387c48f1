import type { EngineState } from "../../engine/index.ts";
import type { WorkerCounters } from "../native/addon.ts";
import type { AuxiliaryState, DaemonPhase, HostKind, Limits } from "../view/types.ts";

/** Everything that `balloon-hw status --json` says. */
export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  /** Seconds since the daemon began. */
  readonly uptimeSeconds: number;
  /** `waiting`: the host has not taken START yet. */
  readonly phase: DaemonPhase;
  readonly host: HostKind["kind"];
  /** How pages are really pinned. */
  readonly pin: "io_uring" | "mlock";
  readonly ioPermission: "ioperm" | "none";
  readonly limits: Limits;
  /** The engine's record: size, target, rates and counters, in pages. */
  readonly state: Readonly<EngineState>;
  readonly counters: WorkerCounters;
  /** What the daemon has beside its balloon, and how it stands with it. */
  readonly auxiliaries: readonly AuxiliaryState[];
  /** Lines that could not be written to the log. */
  readonly lostLogLines: number;
}
