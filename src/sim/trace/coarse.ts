/** Seconds between samples from which a log is coarser than the driver: its second, and what a sampler may be late. */
const COARSE_SECONDS = 1.1;

/** Whether a trace's samples lie so far apart that what the driver does in a second happens between them. */
export const isCoarse = (sampleSeconds: number): boolean => sampleSeconds > COARSE_SECONDS;
