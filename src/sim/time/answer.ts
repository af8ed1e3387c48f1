/**
 * Hands the answer to a driver's request on: two numbers, as `Reply` has them, after the `ns` nanoseconds of simulated time
 * that the work took.
 */
export type Answer = (first: number, second: number, ns: number) => void;
