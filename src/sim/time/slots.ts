/** The timeline's slots of a run: one an actor. Pressure stall information knows the actors by the same numbers. */
export const Slot = {
  /** The next change of the trace. */
  Trace: 0,
  /** The driver's timer. */
  Cycle: 1,
  /** What the driver waits for: an answer, or pages. */
  Balloon: 2,
  Kswapd: 3,
  Flusher: 4,
  Kernel: 5,
  /** The next sample that an observer wants. */
  Sample: 6,
} as const;

/** Each workload has two slots behind these: its anonymous memory, and its files. */
export const SLOTS_BEFORE_WORKLOADS = 7;

/** Number of slots of a run with so many workloads. */
export const slotsOf = (workloads: number): number => SLOTS_BEFORE_WORKLOADS + 2 * workloads;
