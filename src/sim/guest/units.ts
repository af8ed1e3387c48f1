/**
 * A value of a workload's sweep, or a difference of two: touches of its working set, or pages of files read, since the
 * run began. May have a fraction.
 */
export type Sweep = number;

/** The kernel's nonresident age (mm/workingset.c): pages evicted and activated since the run began. */
export type Age = number;
