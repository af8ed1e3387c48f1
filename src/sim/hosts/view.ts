import type { Bytes, Us } from "../../common/units.ts";

/**
 * What a host knows of itself. A field that a state does not have is undefined; a policy names the fields that it needs
 * (`TargetPolicy.needs`).
 */
export interface HostFigures {
  /** Memory of the host. */
  readonly memory?: Bytes;
  /** Not in use; negative on a host that has promised more than it has (`TargetPolicy.populates`). */
  readonly free?: Bytes;
  /** Memory of the host in use, by VMs and by itself. */
  readonly used?: Bytes;
  /** What the policy is to reach now, in the sense of `TargetPolicy.goal`; may be negative where it is a change. */
  readonly goal?: Bytes;
}

/**
 * What page sampling has shown of a VM in its current sampling period. A period begins when the VM is powered on, and after the
 * first sample (`TargetPolicyInstance.observe`) in which it was as long as `TargetPolicy.samplingUs` or longer.
 */
export interface PageSample {
  /** Time that the VM has run since the period began: without its waits for the host's memory and disk. */
  readonly runUs: Us;
  /**
   * Fraction of the guest's memory (`size`) that the VM has touched since the period began, 0 to 1. A page counts once, however
   * often it is touched; a page that the guest gave away since counts no more.
   */
  readonly touched: number;
}

/**
 * What a host knows of a VM: its settings, what it consumes, the state of its balloon, and, with an agent in the guest or by
 * sampling of pages, something about the use of its memory. Nothing here comes from inside the guest without one of them.
 */
export interface VmFigures {
  /** Its name, which no other VM of the host has. */
  readonly name: string;
  /** Configured memory, or the most that the administrator lets the VM have. */
  readonly max?: Bytes;
  /** The least that the administrator lets it have by ballooning. */
  readonly min?: Bytes;
  /** The smallest size that its balloon can take the guest to: the rest is more than it may hold. */
  readonly least?: Bytes;
  /** Size of the guest: its configured memory without what is in its balloon. */
  readonly size?: Bytes;
  /** The size that the host has set last; before the first time, the one that the administrator has set. */
  readonly target?: Bytes;
  /**
   * Memory of the host that backs the guest's, without the overhead; less than `size` where the guest has not touched all of it or
   * the host has swapped some. On a host that backs all memory at once (`TargetPolicy.populates`) the same as `size`.
   */
  readonly actual?: Bytes;
  /** How far from its target a VM still is at its target. */
  readonly inaccuracy?: Bytes;
  /** Free memory inside the guest, from an agent in it; undefined without one. */
  readonly free?: Bytes;
  /** Weight against other VMs. */
  readonly shares?: number;
  /** Fraction of the guest's memory that it uses actively, 0 to 1, where a person says so. */
  readonly active?: number;
  /** What page sampling shows of that; undefined where the policy does not sample pages (`TargetPolicy.samplingUs`). */
  readonly sampled?: PageSample;
  /** Memory that the VM has in any case. */
  readonly reservation?: Bytes;
  /** The most that the host gives the VM, whatever is configured. */
  readonly limit?: Bytes;
  /** Memory that the host needs for the VM beside that of the guest. */
  readonly overhead?: Bytes;
  /** Whether the guest has a balloon driver that runs, which it has not before it has booted; true without this field. */
  readonly ballooning?: boolean;
  /** Whether the VM moves to another host now; false without this field. */
  readonly migrating?: boolean;
}

/** A field of a host or of a VM that a policy may need. */
export type HostField = keyof HostFigures;
export type VmField = Exclude<keyof VmFigures, "name">;

/** The names of all fields. The types make sure that none is missing. */
export const HOST_FIELDS = keysOf<HostField>({ memory: 0, free: 0, used: 0, goal: 0 });
export const VM_FIELDS = keysOf<VmField>({
  max: 0,
  min: 0,
  least: 0,
  size: 0,
  target: 0,
  actual: 0,
  inaccuracy: 0,
  free: 0,
  shares: 0,
  active: 0,
  sampled: 0,
  reservation: 0,
  limit: 0,
  overhead: 0,
  ballooning: 0,
  migrating: 0,
});

function keysOf<K extends string>(fields: Readonly<Record<K, 0>>): readonly K[] {
  return Object.keys(fields) as K[];
}

/** What a policy decides on. */
export interface HostView {
  /** Time since the policy began, in microseconds; never goes back. */
  readonly nowUs: Us;
  /** The host's memory. */
  readonly host: HostFigures;
  /** Each VM that is powered on once, with different names, in any order. VMs may come and go from one view to the next. */
  readonly vms: readonly VmFigures[];
}
