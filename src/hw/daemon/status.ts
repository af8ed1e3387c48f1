import type { EngineState } from "../../engine/index.ts";
import type { WorkerCounters } from "../native/addon.ts";
import type { ProtocolLevel } from "../ports/protocol-level.ts";
import type { AuxiliaryState, ControlStatus, DaemonPhase, GiveWayStatus, HostKind, Limits } from "../view/types.ts";

/** The output of `balloon-hw status --json`. */
export interface DaemonStatus {
  readonly version: string;
  /** The commit that it was made of; null: unknown. */
  readonly commit: string | null;
  readonly pid: number;
  /** Seconds since the daemon began. */
  readonly uptimeSeconds: number;
  /** `waiting`: the host has not accepted START yet. */
  readonly phase: DaemonPhase;
  readonly host: HostKind["kind"];
  /** Whether this is a dry run: no page is allocated or locked, and sizes are what the balloon would have. */
  readonly isDry: boolean;
  /** How pages are actually pinned. */
  readonly pin: "io_uring" | "mlock";
  readonly ioPermission: "ioperm" | "none";
  /** The level of the host's protocol in use. */
  readonly protocol: ProtocolLevel;
  readonly limits: Limits;
  readonly control: ControlStatus;
  /** The rule by which the balloon gives way under memory pressure; null: it is off. */
  readonly giveWay: GiveWayStatus | null;
  /** The engine's record: size, target, rates and counters, in pages. */
  readonly state: Readonly<EngineState>;
  readonly counters: WorkerCounters;
  /** Servers and files of the daemon, with their states. */
  readonly auxiliaries: readonly AuxiliaryState[];
  /** Lines that could not be written to the log. */
  readonly lostLogLines: number;
}
