/**
 * Interval of samples, in seconds, above which a log is coarser than the driver: its second plus the delay of a
 * sampler.
 */
const COARSE_SECONDS = 1.1;

/** Whether a trace's samples are too far apart to show the driver's work in each second. */
export const isCoarse = (sampleSeconds: number): boolean => sampleSeconds > COARSE_SECONDS;
