/** What the daemon shows of itself to its log, its metrics and its status. */
import type { EngineState } from "../../engine/index.ts";
import type { WorkerCounters } from "../native/addon.ts";
import type { HostStatuses } from "../ports/host-statuses.ts";

/**
 * The host: the real one, one that is emulated in this process by a script, or one that is emulated by the program which
 * has started this one.
 */
export type HostKind =
  | { readonly kind: "real" }
  | { readonly kind: "emulated"; readonly script: string }
  | { readonly kind: "outside" };

/** How a daemon stands. */
export type DaemonPhase = "waiting" | "running" | "stopping" | "closed";

/** Limits of the balloon's allocations. */
export interface Limits {
  /** Pages of RAM that stay available. */
  readonly floorPages: number;
  /** Per cent of PSI full (avg10) above which allocations do not sleep. */
  readonly psiLimit: number;
}

/** A cycle that has ended. */
export interface CycleReport {
  readonly state: Readonly<EngineState>;
  readonly counters: WorkerCounters;
  /** What the host has refused since the daemon began. */
  readonly statuses: HostStatuses;
  /** When it ended and how long it took, in microseconds of the daemon's clock. */
  readonly endUs: number;
  readonly durationUs: number;
  /** Whole seconds without a cycle, because this one took a quarter of a second or more. */
  readonly lostSeconds: number;
}

/** What a daemon has beside its balloon: it may fail at any time, and the balloon goes on. */
export type AuxiliaryName = "socket" | "metrics" | "record" | "cycles";

/** The state of one of these. */
export interface AuxiliaryState {
  readonly name: AuxiliaryName;
  /** Why it does not work; null where it does. */
  readonly failure: string | null;
  /** How often it has failed, attempts to bring it back included. */
  readonly failures: number;
}
