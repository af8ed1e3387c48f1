import type { Pages } from "../../common/units.ts";
import { FORMAT, VERSION } from "../trace/document.ts";
import type { Sample } from "./sample.ts";
import type { ShadowWindow } from "./window.ts";

/** The simulated guest: everything about it that does not change from window to window. Members are those of a trace's guest. */
export interface ShadowGuest {
  readonly profile: string;
  readonly driver: string;
  /** A machine document; absent: the profile's machine. */
  readonly machine?: object;
  readonly hz?: number;
  readonly cpus?: number;
  readonly lru?: string;
  readonly thp?: string;
  readonly swappiness?: number;
  readonly floor?: Pages;
  readonly psiLimit?: number;
}

/** Touches of a workload of which nothing was read back from swap are not known, and left out. */
const MOST_TOUCHES_PER_S = 262_144;
/** A new target is the host's from this long after the sample before it: the driver receives it between the two samples. */
const AFTER_SAMPLE_S = 0.001;

/**
 * A window as a trace: the host's target as the real driver received it, and the demand of the machine's programs, which does not
 * depend on the balloon: their anonymous memory, resident or swapped; the kernel's memory; and the page cache at its maximum so
 * far. The effect of a balloon is for the simulation to predict. Time 0 is the first sample.
 */
export function windowTrace({ samples }: ShadowWindow, guest: ShadowGuest): object {
  const first = samples[0] as Sample;
  const last = samples.at(-1) as Sample;
  const secondsOf = ({ timeUs }: Sample): number => (timeUs - first.timeUs) / 1e6;
  /** A value that is different in a sample has changed after the sample before it. */
  const series = (read: (sample: Sample) => number): [number, number][] => {
    const points: [number, number][] = [[0, read(first)]];
    samples.forEach((sample, i) => {
      const value = read(sample);
      if (i === 0 || value === points.at(-1)?.[1]) return;
      points.push([i === 1 ? AFTER_SAMPLE_S : secondsOf(samples[i - 1] as Sample) + AFTER_SAMPLE_S, value]);
    });
    return points;
  };
  let most = 0;
  const { minFree, memory, swapTotal } = first;
  const touch = touchesOf(samples);
  return {
    format: FORMAT,
    version: VERSION,
    name: "shadow",
    duration: secondsOf(last) + 1,
    guest: {
      ...guest,
      memory,
      swap: swapTotal,
      balloon: first.size,
      ...(minFree === null ? {} : { minFree }),
      kernelMemory: series(kernelOf),
    },
    workloads: [
      {
        name: "programs",
        anon: series(anonOf),
        swapped: Math.min(swappedOf(first), anonOf(first)),
        ...(touch > 0 ? { touch } : {}),
        fileSet: series(({ files }) => {
          most = Math.max(most, files);
          return most;
        }),
      },
    ],
    host: { target: series(({ target }) => target) },
  };
}

const swappedOf = ({ swapUsed, swapCached }: Sample): Pages => Math.max(0, swapUsed - swapCached);
const anonOf = (sample: Sample): Pages => sample.anon + swappedOf(sample);
const kernelOf = ({ memory, free, anon, files, swapCached, size }: Sample): Pages =>
  Math.max(0, memory - free - anon - files - swapCached - size);

/**
 * The rate of touches by which the programs would have read back as many pages from swap as they did, if they touched all of their
 * memory alike; 0 if they read back none.
 */
function touchesOf(samples: readonly Sample[]): number {
  let swappedSeconds = 0;
  for (let i = 1; i < samples.length; i++) {
    const [before, sample] = [samples[i - 1] as Sample, samples[i] as Sample];
    const anon = anonOf(sample);
    if (anon > 0) swappedSeconds += (swappedOf(sample) / anon) * ((sample.timeUs - before.timeUs) / 1e6);
  }
  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
  const readBack = (last.swapIn ?? 0) - (first.swapIn ?? 0);
  return readBack <= 0 || swappedSeconds === 0
    ? 0
    : Math.min(MOST_TOUCHES_PER_S, Math.round(readBack / swappedSeconds));
}
