/** Most rounds of a policy, and most states of a file. */
export const MAX_ROUNDS = 100_000;
/** Rounds with a step, unless their number is given: a quarter of an hour in steps of a tenth of a second. */
export const STEP_ROUNDS = 10_000;
