import type { ReadText } from "../../common/memory-cgroups.ts";
import type { Percent } from "../../common/units.ts";

/** What else a machine did at a time: its counters. */
export interface LoadSample {
  /** Average number of running or waiting processes of the last minute; null: unknown. */
  readonly average: number | null;
  /** Time in which some process waited for a processor, in microseconds; null: the kernel does not measure it. */
  readonly waitedUs: number | null;
  /** Time of all processors, and that which the hypervisor gave to others, in ticks; null: unknown. */
  readonly ticks: { readonly all: number; readonly stolen: number } | null;
}

/** The load of a machine beside a measurement. */
export interface MachineLoad {
  /** Load average of the last minute when the measurement began: the measurement is not in it. Null: unknown. */
  readonly average: number | null;
  /** Part of the time in which some process waited for a processor (PSI); null: unknown. */
  readonly waited: Percent | null;
  /** Part of the processors' time that the hypervisor gave to others; null: unknown. */
  readonly stolen: Percent | null;
}

/** Reads the counters of this machine. */
export function loadSample(read: ReadText): LoadSample {
  const average = /^[\d.]+/.exec(read("/proc/loadavg") ?? "")?.[0];
  const waited = /^some .*total=(\d+)$/m.exec(read("/proc/pressure/cpu") ?? "")?.[1];
  const line = /^cpu +([\d ]+)$/m.exec(read("/proc/stat") ?? "")?.[1];
  // user, nice, system, idle, iowait, irq, softirq, steal; time of guests is in the first two.
  const times = line?.split(" ").slice(0, 8).map(Number) ?? [];
  return {
    average: average === undefined ? null : Number(average),
    waitedUs: waited === undefined ? null : Number(waited),
    ticks: times.length < 8 ? null : { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7] as number },
  };
}

/** The load between two samples that are so many milliseconds apart. */
export function loadBetween(from: LoadSample, to: LoadSample, elapsedMs: number): MachineLoad {
  const share = (part: number, whole: number): Percent | null =>
    whole > 0 ? Math.min(100, (100 * Math.max(0, part)) / whole) : null;
  return {
    average: from.average,
    waited:
      from.waitedUs === null || to.waitedUs === null ? null : share((to.waitedUs - from.waitedUs) / 1000, elapsedMs),
    stolen:
      from.ticks === null || to.ticks === null
        ? null
        : share(to.ticks.stolen - from.ticks.stolen, to.ticks.all - from.ticks.all),
  };
}

/** From which load on a measurement is disturbed: that at which the labs refuse to record, and shares of time. */
const BUSY = { average: 0.5, waited: 5, stolen: 2 } as const;

/** Whether other work may have disturbed a measurement. */
export const isBusy = ({ average, waited, stolen }: MachineLoad): boolean =>
  (average ?? 0) > BUSY.average || (waited ?? 0) > BUSY.waited || (stolen ?? 0) > BUSY.stolen;

/** A load in words: "load average 0.3, 1 % of the time a process waited for a processor, 0 % stolen by the hypervisor". */
export function loadText({ average, waited, stolen }: MachineLoad): string {
  const parts = [
    average === null ? "load average unknown" : `load average ${average}`,
    ...(waited === null ? [] : [`${round(waited)} % of the time a process waited for a processor`]),
    ...(stolen === null ? [] : [`${round(stolen)} % of the processors' time stolen by the hypervisor`]),
  ];
  return parts.join(", ");
}

const round = (percent: Percent): number => Number(percent.toFixed(1));
