/** Units of numbers whose names do not contain the unit. For the compiler each of these types is `number`. */

/** Pages of 4 KiB. */
export type Pages = number;

/** Pages that one cycle may move. */
export type PagesPerCycle = number;

/** Ticks of the guest's kernel: a point in time, counted from its boot, or a duration. */
export type Ticks = number;
