import type { Pages } from "../../../common/units.ts";
/** A guest as a host's policy sees it, in pages. */
export interface PolicyGuest {
  readonly memory: Pages;
  /** Memory that the kernel keeps free for itself; with one zone, up to its high watermark. */
  readonly reserve: Pages;
}

/**
 * A rule by which a host computes a guest's target. A policy reads the measured series of a guest, not the state of the
 * simulated balloon: it computes the targets that the host would have sent to the recorded guest.
 */
export interface HostPolicy {
  readonly name: string;
  readonly meaning: string;
  /** Time between two decisions, in microseconds. */
  readonly intervalUs: number;
  /**
   * The next target, in pages.
   * @param target the previous target, in pages; the balloon is assumed to have reached it
   * @param committed memory that the guest's processes have reserved (`Committed_AS`), in pages
   */
  decide(target: Pages, committed: Pages, guest: PolicyGuest): Pages;
}
