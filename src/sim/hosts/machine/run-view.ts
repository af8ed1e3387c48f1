import type { Pages, Us } from "../../../common/units.ts";
import type { HostScenario, VmScenario } from "../scenario/types.ts";
import type { Decisions } from "../target-policy.ts";
import type { HostMemory, VmMemory } from "./host-memory.ts";

/** A VM as observers of its host see it. */
export interface HostedVmView {
  readonly scenario: VmScenario;
  readonly isOn: boolean;
  /** When it was powered on, and off, in the host's time; null: not yet. */
  readonly beganUs: Us | null;
  readonly endedUs: Us | null;
  /** Whether the host has ended it because it had neither memory nor swap for it. */
  readonly isKilled: boolean;
  /** The columns of `Report`, as of the VM's last meeting with the host. */
  readonly report: Float64Array;
  readonly memory: Readonly<VmMemory>;
  /** The balloon size that the host wants. */
  readonly target: Pages;
  /** Memory of the host that it consumes, without its overhead. */
  readonly consumed: Pages;
}

/** A host as observers see it. The objects are live: copy values to keep them. */
export interface HostRunView {
  readonly scenario: HostScenario;
  readonly timeUs: Us;
  readonly memory: HostMemory;
  readonly vms: readonly HostedVmView[];
  /** State of the host by its policy's own words; null: it has none, or has not decided yet. */
  readonly state: string | null;
  /** What did not fit at time 0: free pages that count as never touched since, and pages that the host has swapped. */
  readonly unfit: { readonly untouched: Pages; readonly swapped: Pages };
  /** Decisions of the policy so far, and how many of them changed a target. */
  readonly decisions: number;
  readonly changes: number;
}

/** Observes a host's run. */
export interface HostObserver {
  /** A time of `SampledObserver.everyUs` has come, before the end of the run. */
  sample?(view: HostRunView): void;
  /**
   * The run has come to a time at which the host has met VMs, balanced its book and asked its policy where that was due. Samples
   * until the next call show the same book. What VMs report beyond its figures may be older (`Report`).
   */
  change?(view: HostRunView): void;
  /** The policy has decided. */
  decide?(view: HostRunView, decisions: Decisions): void;
  /** The host has ended a VM because it had neither memory nor swap for it. */
  kill?(view: HostRunView, vm: number): void;
  end?(view: HostRunView): void;
}

/** An observer, and when it takes samples. */
export interface SampledObserver {
  readonly observer: HostObserver;
  /** Time between two samples, the first at time 0; undefined: it takes none. */
  readonly everyUs?: Us | undefined;
}
