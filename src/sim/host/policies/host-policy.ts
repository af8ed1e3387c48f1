/** What a host's policy knows of a guest, in pages. */
export interface PolicyGuest {
  readonly memory: number;
  /** What the kernel keeps for itself; with one zone, up to its high watermark. */
  readonly reserve: number;
}

/**
 * How a host decides what a guest's balloon shall be. A policy sees what was measured of a guest, not what the simulated balloon
 * makes of it: it says what the host would have asked of the guest that was recorded.
 */
export interface HostPolicy {
  readonly name: string;
  readonly meaning: string;
  /** Time between two of its decisions, in microseconds. */
  readonly intervalUs: number;
  /**
   * Its next target, in pages.
   * @param target the target so far, in pages; the balloon is taken to have followed it
   * @param committed memory that the guest has promised its processes, in pages
   */
  decide(target: number, committed: number, guest: PolicyGuest): number;
}
