/** The daemon's state for its log, its metrics and its status. */
import type { Pages, Percent } from "../../common/units.ts";
import type { EngineState } from "../../engine/index.ts";
import type { Control, Orders } from "../control/orders.ts";
import type { WorkerCounters } from "../native/addon.ts";
import type { HostStatuses } from "../ports/host-statuses.ts";

/**
 * The host: the real one, one that a script emulates in this process, or one that the program emulates which has
 * started this process.
 */
export type HostKind =
  | { readonly kind: "real" }
  | { readonly kind: "emulated"; readonly script: string }
  | { readonly kind: "outside" };

/** The phase of a daemon. */
export type DaemonPhase = "waiting" | "running" | "stopping" | "closed";

/** Limits of the balloon's allocations. */
export interface Limits {
  /** Pages of RAM that stay available. */
  readonly floorPages: number;
  /** Per cent of PSI full (avg10) above which allocations do not sleep. */
  readonly psiLimit: Percent;
}

/** What an operator has ordered, and what the balloon makes of the host's target. */
export interface ControlStatus extends Orders {
  readonly inForce: Control;
  /** What holds after a restart. */
  readonly kept: Orders;
  /** The most that the balloon may have, by the setting `max` and by an operator's limit; null: all. */
  readonly ceilingPages: Pages | null;
  /** Which one of both that is. */
  readonly ceilingBy: "limit" | "max" | null;
  /** The target that the host has named last. */
  readonly hostTargetPages: Pages;
  /** The target that the policy follows. */
  readonly targetPages: Pages;
}

/** Phases of the rule by which the balloon gives way; `holding`: pressure is over, and the balloon does not grow yet. */
export const GIVE_WAY_PHASES = ["following", "giving", "holding"] as const;

/** What the rule by which the balloon gives way does. */
export interface GiveWayStatus {
  readonly phase: (typeof GIVE_WAY_PHASES)[number];
  /** Times that it gave way since the daemon began, and pages that it has asked back for that. */
  readonly episodes: number;
  readonly givenPages: Pages;
  /** Time without pressure after which the balloon follows the host again, and what is left of it. */
  readonly holdOffSeconds: number;
  readonly holdLeftSeconds: number;
}

/** A completed cycle. */
export interface CycleReport {
  /** The target that the host has named last; `state.target` is the one that the policy follows. */
  readonly hostTarget: Pages;
  readonly state: Readonly<EngineState>;
  readonly counters: WorkerCounters;
  /** The host's answers other than SUCCESS since the daemon began. */
  readonly statuses: HostStatuses;
  /** Time of its end, and its duration, in microseconds of the daemon's clock. */
  readonly endUs: number;
  readonly durationUs: number;
  /** Whole seconds without a cycle, because this one took a quarter of a second or more. */
  readonly lostSeconds: number;
}

/** Servers and files of the daemon: they may fail at any time, and the balloon continues. */
export type AuxiliaryName = "socket" | "metrics" | "metrics-file" | "record" | "cycles";

/** The state of a server or file. */
export interface AuxiliaryState {
  readonly name: AuxiliaryName;
  /** Why it does not work; null if it works. */
  readonly failure: string | null;
  /** Number of its failures, failed attempts to open it again included. */
  readonly failures: number;
  /** Lines of a file, or writes of the metrics file, that were lost because its file system did not answer or a write failed. */
  readonly lost: number;
}
