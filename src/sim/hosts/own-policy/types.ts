/**
 * The interface of a policy of one's own, the default export of a module: `balloon-sim host-policy ./mine.mjs`. The same as that
 * of the bundled policies, with defaults. docs/host-policies.md describes it.
 * @module balloon-sim/policy
 */
import type { Bytes, Us } from "../../../common/units.ts";
import type { HostParam, HostParams } from "../params.ts";
import type { Decisions, GoalKind, Needs } from "../target-policy.ts";
import type { HostView } from "../view.ts";

export type { ChoiceParam, HostParam, HostParams, NumberParam } from "../params.ts";
export type { GoalKind, Needs, Outcome, Wakes } from "../target-policy.ts";
export type { HostField, HostFigures, HostView, PageSample, VmField, VmFigures } from "../view.ts";

/** Bytes by the names of VMs: a Map or a plain object. Fractions of a byte are dropped. */
export type BytesByVm = ReadonlyMap<string, Bytes> | Readonly<Record<string, Bytes>>;

/** What a policy decides. A VM that is not named keeps what it has. */
export interface OwnDecisions extends Omit<Decisions, "targets" | "hostSwap"> {
  /** New targets of VMs, in bytes; a VM that is left out keeps its own. */
  readonly targets: BytesByVm;
  /** As in `Decisions`: what the host is to take from VMs by its own means now, in addition to what it has taken before. */
  readonly hostSwap?: BytesByVm;
}

/** A policy at work on one host. It is called with a copy of the view, and answers at once: not with a promise. */
export interface OwnPolicyInstance {
  /** Takes a sample; there with `sampleUs`, and only then. */
  observe?(view: HostView): void;
  /** Decides. The same calls with the same views always give the same decisions: no clock, no random numbers. */
  decide(view: HostView): OwnDecisions;
  /** As in `TargetPolicyInstance`; without it a series of rounds goes on to its end. */
  readonly settles?: number;
  /** What it remembers, as plain data, for debugging; not needed. */
  readonly state?: object;
}

/** A policy of one's own. Fields that may be missing have the defaults that are named. */
export interface OwnPolicy<P extends HostParams = HostParams> {
  /** Not the name of a bundled policy. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly meaning: string;
  /** Its parameters, for `--set`; none. */
  readonly params?: readonly HostParam[];
  /** Time between two decisions, above 0. */
  readonly everyUs: Us;
  /** Time between two samples, above 0; null: no samples. */
  readonly sampleUs?: Us | null;
  /** Length of a period of page sampling; none. */
  readonly samplingUs?: Us;
  /** Whether the host backs all memory of a guest at once; false. */
  readonly populates?: boolean;
  /** What `host.goal` of a state means to it; `none`. */
  readonly goal?: GoalKind;
  /** The fields that it reads, which a state has to have; none. */
  readonly needs?: Partial<Needs>;
  /** @param params values of all parameters */
  create(params: P): OwnPolicyInstance;
}
