/** Largest numbers that options take, of commands and of the library. */
export const MAX_WORLDS = 1000;
export const MAX_WORKERS = 256;
export const MAX_TRIALS = 100_000_000;
