import type { Bytes, Us } from "../../common/units.ts";
import type { HostParam, HostParams } from "./params.ts";
import type { HostField, HostView, VmField } from "./view.ts";

/** The end of what a policy was asked for, where it has an end. */
export interface Outcome {
  readonly success: boolean;
  /** VMs that the policy gave up on the way. */
  readonly stuck: readonly string[];
  /** The reason, in one sentence without a full stop. */
  readonly why: string;
}

/** What a policy decides. A VM that is not named keeps what it has. */
export interface Decisions {
  /** New targets: sizes of guests (configured memory without the balloon), by the names of the VMs. */
  readonly targets: ReadonlyMap<string, Bytes>;
  /** State of the host by the policy's own words, for reports: `soft`. */
  readonly state?: string;
  /**
   * What the host has to take from VMs by its own means (compression, swap) in addition, by their names: their balloons can't
   * give it.
   */
  readonly hostSwap?: ReadonlyMap<string, Bytes>;
  /** VMs that must not get memory before they are down at their targets. */
  readonly blocked?: readonly string[];
  /** Set when the policy has done, or given up, what it was asked for: it need not be asked again. */
  readonly outcome?: Outcome;
}

/** A policy at work on one host. */
export interface TargetPolicyInstance {
  /** All that it remembers from one call to the next, as plain data (`structuredClone` copies it). */
  readonly state: object;
  /** Number of decisions in a row, all alike, after which a view that does not change can still lead to another one. */
  readonly settles: number;
  /** Takes a sample; called every `sampleUs`, and before `decide` where both are due. */
  observe(view: HostView): void;
  /** Decides; called every `everyUs`. The same calls with the same views always give the same decisions. */
  decide(view: HostView): Decisions;
}

/**
 * What `HostFigures.goal` means to a policy, without which it computes its own where it can:
 * - `change`: how much more memory all guests together are to have; negative: how much less. What guests have got since is
 *   subtracted.
 * - `free`: the free memory that the host is to have.
 * - `none`: the policy reads no goal.
 */
export type GoalKind = "change" | "free" | "none";

/** The fields that a policy reads. */
export interface Needs {
  /** Alternatives: the host must have all fields of at least one of them. */
  readonly host: readonly (readonly HostField[])[];
  /** Fields that every VM must have. */
  readonly vm: readonly VmField[];
  /** Further fields of a host and of VMs that it reads if they are there. */
  readonly optionalHost?: readonly HostField[];
  readonly optionalVm?: readonly VmField[];
}

/**
 * A policy by which a host sets the targets of all of its guests' balloons. It is pure: it sees a `HostView`, and neither a clock
 * nor the inside of a guest.
 */
export interface TargetPolicy<P extends HostParams = HostParams> {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly meaning: string;
  readonly params: readonly HostParam[];
  /** Time between two decisions. */
  readonly everyUs: Us;
  /** Time between two samples. */
  readonly sampleUs: Us;
  readonly goal: GoalKind;
  readonly needs: Needs;
  /** @param params values of all parameters, valid by their descriptions (`paramsOf`) */
  create(params: P): TargetPolicyInstance;
}
