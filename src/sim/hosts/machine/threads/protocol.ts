import type { MessagePort } from "node:worker_threads";
import type { Us } from "../../../../common/units.ts";
import type { HostText } from "../../scenario/host-text.ts";
import type { HostSet } from "../../scenario/sets.ts";
import type { TargetPolicy } from "../../target-policy.ts";
import type { VmGroupOptions } from "../vm-group.ts";

/** Whose turn it is: the host's, or the thread's, with what it is to do. */
export const Turn = { Host: 0, Meet: 1, Check: 2, Close: 3 } as const;
/** Numbers that a thread shares with the host: whose turn it is, how many VMs the thread has to meet, and from `First` on which. */
export const Cell = { Turn: 0, Count: 1, First: 2 } as const;

/** A host file with the changes to it, as plain data: a thread reads the host again from it. */
export interface PlainHost {
  readonly source: HostText;
  readonly sets: readonly HostSet[];
  readonly seed: string | null;
  /** The policy without its function: no thread of VMs decides. */
  readonly policy: Omit<TargetPolicy, "create">;
  /** When the run ends, if before the end of the file's. */
  readonly untilUs: Us;
}

/** How a thread observes its VMs: a module, and what it gets. */
export interface VmObservers {
  /** Address of a module that is a `VmObserverModule`. */
  readonly module: string;
  /** Plain data for it. */
  readonly data: unknown;
}

/** A module that observes VMs. */
export interface VmObserverModule {
  /** The observers of VMs in this thread, and when they take samples. */
  watchVms(data: unknown): Omit<VmGroupOptions, "world">;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly host: PlainHost;
  readonly world: number;
  readonly observers: VmObservers | null;
  /** `Cell`s, and the rows of all VMs' orders and reports. */
  readonly cells: SharedArrayBuffer;
  /** Where it sends its `Answer` when it ends: after `Turn.Close`, or because something failed. */
  readonly port: MessagePort;
  readonly orders: SharedArrayBuffer;
  readonly reports: SharedArrayBuffer;
}
