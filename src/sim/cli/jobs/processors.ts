import { availableParallelism } from "node:os";

/** Limit of the default: more threads cost memory and gain nothing, even on a machine with more processors. */
const MAX_THREADS = 256;

/** Default of `--workers`: the number of threads that execute runs. */
export const processors = (): number => Math.min(MAX_THREADS, availableParallelism());
