import type { Bytes, Us } from "../../common/units.ts";

/**
 * What a host knows of itself. A field that a state does not have is undefined; a policy names the fields that it needs
 * (`TargetPolicy.needs`).
 */
export interface HostFigures {
  /** Memory of the host. */
  readonly memory?: Bytes;
  readonly free?: Bytes;
  readonly used?: Bytes;
  /** What the policy is to reach now, in the sense of `TargetPolicy.goal`; may be negative where it is a change. */
  readonly goal?: Bytes;
}

/**
 * What a host knows of a VM: its settings, what it consumes, the state of its balloon, and, with an agent in the guest or by
 * sampling of pages, something about the use of its memory. Nothing here comes from inside the guest without one of them.
 */
export interface VmFigures {
  readonly name: string;
  /** Configured memory, or the most that the administrator lets the VM have. */
  readonly max?: Bytes;
  /** The least that the administrator lets it have by ballooning. */
  readonly min?: Bytes;
  /** Size of the guest: its configured memory without what is in its balloon. */
  readonly size?: Bytes;
  /** The size that the host has set last. */
  readonly target?: Bytes;
  /** Memory of the host that the VM uses; differs from `size` where the host counts other pages, or the guest has touched fewer. */
  readonly actual?: Bytes;
  /** How far from its target a VM still is at its target. */
  readonly inaccuracy?: Bytes;
  /** Free memory inside the guest, from an agent in it. */
  readonly free?: Bytes;
  /** Weight against other VMs. */
  readonly shares?: number;
  /** Fraction of the VM's memory that it uses actively, 0 to 1. */
  readonly active?: number;
  /** Memory that the VM has in any case. */
  readonly reservation?: Bytes;
  /** The most that the host gives the VM, whatever is configured. */
  readonly limit?: Bytes;
  /** Memory that the host needs for the VM beside that of the guest. */
  readonly overhead?: Bytes;
  /** Whether the guest has a balloon driver that runs; true without this field. */
  readonly ballooning?: boolean;
  /** Whether the VM moves to another host now; false without this field. */
  readonly migrating?: boolean;
}

/** A field of a host or of a VM that a policy may need. */
export type HostField = keyof HostFigures;
export type VmField = Exclude<keyof VmFigures, "name">;

/** What a policy decides on. */
export interface HostView {
  /** Time since the policy began, in microseconds; never goes back. */
  readonly nowUs: Us;
  readonly host: HostFigures;
  /** Each VM of the host once, with different names, in any order. */
  readonly vms: readonly VmFigures[];
}
