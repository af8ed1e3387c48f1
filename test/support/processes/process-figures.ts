import { readFileSync } from "node:fs";

/** What a process costs. */
export interface ProcessFigures {
  /** Resident memory, in KiB. */
  readonly rssKib: number;
  /** Processor time since it began, user and system, in milliseconds. */
  readonly cpuMs: number;
  readonly threads: number;
}

/** Milliseconds of a clock tick of /proc: Linux tells user space 100 a second. */
const TICK_MS = 10;

/** Reads what a process of this machine costs now. */
export function processFigures(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  // The name of the program, in parentheses, may hold anything; utime and stime are the 12th and 13th field behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const ticks = Number(stat[11]) + Number(stat[12]);
  return { rssKib: field("VmRSS"), cpuMs: ticks * TICK_MS, threads: field("Threads") };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
