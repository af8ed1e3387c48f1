/**
 * The simulator's representation of a host and its VMs: sizes in pages, times in whole microseconds since the host's run began,
 * costs in nanoseconds. `read.ts` converts the file format (`docs/hosts.md`, `docs/host.schema.json`) to these types.
 */
import type { Ns, Pages, Us } from "../../../common/units.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import type { TraceSource } from "../../trace/types.ts";
import type { HostParams } from "../params.ts";
import type { TargetPolicy } from "../target-policy.ts";

/** The host's own swap, to which it writes pages of VMs without their knowledge. */
export interface HostSwap {
  readonly size: Pages;
  /** Time that its device takes to read one page, and to write one; it does one at a time. */
  readonly readNs: Ns;
  readonly writeNs: Ns;
}

/** A VM on a host. */
export interface VmScenario {
  /** Different from those of all other VMs of the host. */
  readonly name: string;
  /** The name of the VM in the file, of which it may be one of several copies: `web` of `web-3`. */
  readonly group: string;
  /** Where it is in the file, for messages: `$.vms[2]`. */
  readonly path: string;
  /** The trace's name in the file, for reports. */
  readonly traceName: string;
  /**
   * Opens the VM's trace anew: guest and workloads, with `set` applied, time 0 being when the VM is powered on; begun at the
   * VM's phase and repeated as the scenario says. Its targets have no effect. Takes no time worth mentioning: a trace that is
   * one document is in memory, once for all VMs that have it.
   * @throws {InputError} if a trace in JSON lines can't be read again; of its rows by `next`
   */
  open(): TraceSource;
  /** The time of the trace at which the VM begins; and whether the trace begins again at its end. */
  readonly phaseUs: Us;
  readonly repeats: boolean;
  /** Configured memory: the RAM of the trace's guest. */
  readonly memory: Pages;
  /** Bounds of the guest's size by ballooning, set by an administrator: `min` at most `max`, at most `memory`. */
  readonly min: Pages;
  readonly max: Pages;
  /** Memory that the host guarantees, and the most that it gives: `reservation` at most `limit`, at most `memory`. */
  readonly reservation: Pages;
  readonly limit: Pages;
  /** Weight against other VMs. */
  readonly shares: number;
  /** Largest part of the memory that the balloon may hold, 0 to 1. */
  readonly maxBalloon: number;
  /** Size of the guest that the policy `static` keeps. */
  readonly target: Pages;
  /** The balloon driver, and the values of its parameters. */
  readonly driver: BalloonPolicy;
  readonly rates: Params;
  /** Whether an agent in the guest tells the host what the guest knows of its memory. */
  readonly hasAgent: boolean;
  /** When it is powered on, and off; Infinity: not before the end. It may be powered on after the end of the run. */
  readonly onUs: Us;
  readonly offUs: Us;
  /** The part of the guest's free memory that it has touched before it is powered on (0) or the run begins (1), 0 to 1. */
  readonly touched: number;
  /** Memory of the host that the VM needs beside that of its guest. */
  readonly overhead: Pages;
  /** Seed of the VM's random numbers. */
  readonly seed: string;
}

/** A host with its VMs and its policy. */
export interface HostScenario {
  readonly name: string;
  readonly description: string;
  readonly durationUs: Us;
  readonly seed: string;
  /** Number of the world of its copies' phases and of its VMs' traces; 1: as written. */
  readonly world: number;
  /** All memory of the host; and what the host itself uses of it. */
  readonly memory: Pages;
  readonly reserved: Pages;
  readonly swap: HostSwap;
  /** Whether the host backs VMs with pages of 2 MiB as long as its policy does not break them up. */
  readonly largePages: boolean;
  readonly policy: TargetPolicy;
  readonly params: HostParams;
  readonly vms: readonly VmScenario[];
  /** What the file does not say and the reader has assumed, a sentence each, for the result. */
  readonly assumed: readonly string[];
}
