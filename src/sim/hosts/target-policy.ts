import type { Bytes, Us } from "../../common/units.ts";
import type { HostParam, HostParams } from "./params.ts";
import type { HostField, HostView, VmField } from "./view.ts";

/** The end of what a policy was asked for, where it has an end. */
export interface Outcome {
  /** Whether it got what it was asked for. */
  readonly success: boolean;
  /** VMs that the policy gave up on the way. */
  readonly stuck: readonly string[];
  /** The reason, in one sentence without a full stop. */
  readonly why: string;
}

/** Bounds of the host's free memory between which a policy has nothing new to say before its time. */
export interface Wakes {
  /** It wants to be asked as soon as less than this is free. */
  readonly below?: Bytes;
  /** It wants to be asked as soon as this or more is free. */
  readonly above?: Bytes;
}

/** What a policy decides. A VM that is not named keeps what it has. */
export interface Decisions {
  /** New targets: sizes of guests (configured memory without the balloon), by the names of the VMs. */
  readonly targets: ReadonlyMap<string, Bytes>;
  /** State of the host by the policy's own words, for reports: `soft`. */
  readonly state?: string;
  /**
   * How much of the memory that backs VMs the host has to take now by its own means (compression, swap), by their names, in
   * addition to what it has taken before: their balloons can't give it, or have not in time.
   */
  readonly hostSwap?: ReadonlyMap<string, Bytes>;
  /** VMs that must not get memory before they are down at their targets. */
  readonly blocked?: readonly string[];
  /**
   * Whether the host must not back VMs with large pages now: those that it has are broken up, and no new ones are made. False
   * without this field.
   */
  readonly breakLargePages?: boolean;
  /**
   * Set when the policy has done, or given up, what it was asked for. That ends a series of rounds (`rounds.ts`). On a host that
   * goes on working it ends nothing: the policy is asked again at its time.
   */
  readonly outcome?: Outcome;
  /** Time from this decision to the next one, above 0; `TargetPolicy.everyUs` without this field. */
  readonly againUs?: Us;
  /**
   * When it wants to be asked before that time. A decision that comes early is preceded by no sample, and the time to the next
   * one counts from it. Replaces the bounds of the decision before; without this field there are none.
   */
  readonly wakes?: Wakes;
}

/** A policy at work on one host. */
export interface TargetPolicyInstance {
  /** All that it remembers from one call to the next, as plain data (`structuredClone` copies it). */
  readonly state: object;
  /** Number of decisions in a row, all alike, after which a view that does not change can still lead to another one. */
  readonly settles: number;
  /**
   * Begins a call of `observe` or `decide` that may take long, for a policy that works elsewhere; the call itself, with the same
   * view, then takes its result. A policy without it works in the call.
   */
  ask?(call: "observe" | "decide", view: HostView): void;
  /** Waits for a short time. @returns whether the next call returns at once, so that its caller need not do something else meanwhile */
  isReady?(): boolean;
  /**
   * Takes a sample; called every `sampleUs` from the beginning on, before `decide` where both are due, and never if `sampleUs` is
   * null.
   */
  observe(view: HostView): void;
  /**
   * Decides; called at the beginning and then every `everyUs`, unless the decision before says otherwise. The same calls with the
   * same views always give the same decisions.
   */
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
  /** Fields that every VM must have, in a state that a person writes. */
  readonly vm: readonly VmField[];
  /** Further fields, of each group of which every VM must have one or more. */
  readonly vmOneOf?: readonly (readonly VmField[])[];
  /** Further fields of a host and of VMs that it reads if they are there. */
  readonly optionalHost?: readonly HostField[];
  /** Further fields of VMs that it reads if they are there. */
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
  /** Time between two samples; null: it takes none, and decides by what it sees then. */
  readonly sampleUs: Us | null;
  /**
   * Length of a sampling period, in which the host watches which pages a VM touches: time that the VM itself has run. Without it
   * the host samples no pages.
   */
  readonly samplingUs?: Us;
  /**
   * Whether the host backs all of a guest's memory at once, at power-on and when its balloon shrinks, whether or not the guest
   * touches it. All of a guest's size is then in use: `free` is the host's memory without the sizes of all VMs. False without
   * this field: pages are backed when they are touched.
   */
  readonly populates?: boolean;
  readonly goal: GoalKind;
  readonly needs: Needs;
  /** @param params values of all parameters, valid by their descriptions (`paramsOf`) */
  create(params: P): TargetPolicyInstance;
}
