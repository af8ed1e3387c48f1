/** A work cycle of this length or longer loses the driver its next whole second; in microseconds. */
export const LONG_CYCLE_US = 250_000;
