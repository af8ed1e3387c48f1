import type { Archive } from "../state/archive.ts";

/** What `Pressure` keeps of one processor: times in nanoseconds of this window, and what is on the processor now. */
export interface Processor {
  someNs: number;
  fullNs: number;
  nonidleNs: number;
  /** Actors here that stall, and those of them that reclaim on the processor. */
  stalled: number;
  reclaiming: number;
  /** Actors here that do other work on the processor. */
  running: number;
  /** Actors here that could do other work, but that do not have the processor. */
  queued: number;
  /** Actors here that wait for the disk. */
  waiting: number;
  /** Whether an actor has stalled here, or waited for the disk, in this window. */
  takesPart: boolean;
  /** Actors here that are not idle. */
  occupied: number;
  /** Thousandths of the time in which idle actors work here without events; may exceed 1000. */
  duty: number;
}

/** A processor on which nothing has happened. */
export const createProcessor = (): Processor => ({
  someNs: 0,
  fullNs: 0,
  nonidleNs: 0,
  stalled: 0,
  reclaiming: 0,
  running: 0,
  queued: 0,
  waiting: 0,
  takesPart: false,
  occupied: 0,
  duty: 0,
});

export function archiveProcessor(processor: Processor, a: Archive): void {
  processor.someNs = a.number(processor.someNs);
  processor.fullNs = a.number(processor.fullNs);
  processor.nonidleNs = a.number(processor.nonidleNs);
  processor.stalled = a.number(processor.stalled);
  processor.reclaiming = a.number(processor.reclaiming);
  processor.running = a.number(processor.running);
  processor.queued = a.number(processor.queued);
  processor.waiting = a.number(processor.waiting);
  processor.takesPart = a.boolean(processor.takesPart);
  processor.occupied = a.number(processor.occupied);
  processor.duty = a.number(processor.duty);
}

/** A figure, *some* or *full*, if each processor has the weight of the time in which it was not idle, in nanoseconds. */
export function weightedByTime(processors: readonly Processor[], some: boolean, moreNs: number): number {
  let sum = 0;
  let weight = moreNs;
  for (const { someNs, fullNs, nonidleNs } of processors) {
    sum += (some ? someNs : fullNs) * nonidleNs;
    weight += nonidleNs;
  }
  return sum / weight;
}

/** The figure if the actors have been on each of `count` processors for the same time: these have equal weights. */
export function meanOver(processors: readonly Processor[], some: boolean, count: number): number {
  let sum = 0;
  for (const { someNs, fullNs } of processors) sum += some ? someNs : fullNs;
  return sum / count;
}

/**
 * How much of a microsecond in which tasks of a processor stall is `full`, in nanoseconds: the part in which the
 * processor reclaims, also while productive tasks are ready to run, and that in which nothing does productive work
 * (`psi_group_change()`, PSI_MEM_FULL and `in_memstall`). Tasks on one processor share it equally, but one that has less
 * to do than its share gets what it needs.
 */
export function fullNsPerUs({ reclaiming, running, queued, duty }: Processor): number {
  const rest = Math.max(0, 1000 - duty);
  if (running === 0 && reclaiming === 0) return queued > 0 ? 0 : rest;
  const tasks = reclaiming + running + (duty > 0 ? Math.max(1, duty / 1000) : 0);
  const share = Math.floor((1000 * reclaiming) / tasks);
  return running === 0 ? Math.max(share, rest) : share;
}
