/**
 * What a host and its VMs tell each other when they meet: a row of numbers for each VM and direction, in memory that threads can
 * share.
 */

/** Columns of an order of the host to a VM. */
export const Order = {
  /** What to do: a value of `Work`. */
  Work: 0,
  /** The host's time now, and the time at which they meet again, in microseconds. */
  NowUs: 1,
  UntilUs: 2,
  /** New target of the balloon, in pages; -1: as before. */
  Target: 3,
  /** The fields of a `Grant`. */
  Backed: 4,
  ReadNs: 5,
  WriteNs: 6,
  BlockNs: 7,
  /** Pages that the host swaps now. */
  SwapOut: 8,
  /** What page sampling is to say: a value of `Sampling`. */
  Sampling: 9,
  /** Pages that may be backed before the VM has to meet the host earlier than `UntilUs`; only if it runs ahead. */
  Lease: 10,
  /** The time after which it looks whether it has to, in microseconds; 0: it does not run ahead, and never has to. */
  QuantumUs: 11,
  /** 1: it reports all figures, else those alone that the host needs at each meeting. */
  IsLook: 12,
} as const;
export const ORDER_SIZE = 13;

/** What a VM is to do. */
export const Work = {
  /** It is powered on: it begins at `NowUs`. */
  Begin: 1,
  /** It carries out the order, and runs until `UntilUs`. */
  Run: 2,
  /** It is powered off at `NowUs`. */
  End: 3,
  /** Before the host begins: so many touched free pages (`SwapOut`) count as untouched. */
  Forget: 4,
  /** Nothing but a report. */
  Look: 5,
} as const;

/** Whether a VM is to report what page sampling shows of it. */
export const Sampling = {
  None: 0,
  /** What it shows up to now. */
  Look: 1,
  /** What it shows up to now, in a sample of the policy: a sampling period that is long enough is over with it. */
  Take: 2,
} as const;

/** Columns of a VM's report. Pages, where nothing else is said. The first ones, to `AtUs`, are of its last meeting. */
export const Report = {
  /** The host's time at which the VM has something to do next, in microseconds; Infinity: never. */
  BusyUs: 0,
  /**
   * The host's time at which the VM is to meet it next because its guest accesses swapped pages in a row, without an event for
   * each, in microseconds; Infinity: it does not.
   */
  SweepUs: 1,
  Backed: 2,
  Locked: 3,
  Swapped: 4,
  Untouched: 5,
  /** Since it was powered on: wait for the host in nanoseconds; pages that the host has read, and written to make room. */
  WaitNs: 6,
  Reads: 7,
  Written: 8,
  /** The host's time up to which the VM has run. */
  AtUs: 9,
  /** The further ones are of the last time that it was looked at (`Order.IsLook`), or of its end. */
  /** The balloon's target and size. */
  Target: 10,
  Balloon: 11,
  /** The guest's figures: free pages, page cache, pages in its own swap. */
  Free: 12,
  Cache: 13,
  Swap: 14,
  /** Since it was powered on: pressure stall times in microseconds, accesses not made, OOM kills, pages to and from its swap. */
  PsiSomeUs: 15,
  PsiFullUs: 16,
  Undone: 17,
  OomKills: 18,
  SwapOut: 19,
  SwapIn: 20,
  /** Pages that the guest has touched in the sampling period, each at most once; and how long it has run in it (`PageSample`). */
  Touched: 21,
  RunUs: 22,
  /** 1 if its balloon driver runs. */
  IsBallooning: 23,
  /** Accesses lost by OOM kills, and the time in which these kept workloads down, in microseconds; since it was powered on. */
  Lost: 24,
  DownUs: 25,
} as const;
export const REPORT_SIZE = 26;
