import { availableParallelism } from "node:os";

/** More threads than this cost memory and gain nothing, however many processors there are. */
const MAX_THREADS = 256;

/** How many threads make runs where `--workers` does not say it. */
export const processors = (): number => Math.min(MAX_THREADS, availableParallelism());
