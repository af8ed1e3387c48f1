import { readFileSync } from "node:fs";

/** Resource use of this process, and times of the wall clock. */
export interface ProcessFigures {
  /** When the process began, in seconds of Unix time; it stays the same. */
  readonly startSeconds: number;
  /** The present time, in seconds of Unix time. */
  readonly nowSeconds: number;
  readonly cpuSeconds: number;
  /** Resident memory, the balloon's pages included. */
  readonly residentBytes: number;
}

// Taken once: steps of the wall clock must not look like another start.
const START_SECONDS = Math.round(Date.now() - process.uptime() * 1000) / 1000;

/** Resource use of this process so far. */
export function processFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  return {
    startSeconds: START_SECONDS,
    nowSeconds: Date.now() / 1000,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
}

/** Pressure stall information of memory: total time in seconds, and the share of the last ten seconds. */
export interface MemoryPressure {
  readonly some: { readonly seconds: number; readonly ratio10s: number };
  readonly full: { readonly seconds: number; readonly ratio10s: number };
}

/** The kernel's pressure stall information of memory; null if it has none. */
export function memoryPressure(path = "/proc/pressure/memory"): MemoryPressure | null {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch {
    // A kernel without PSI, or booted with psi=0.
    return null;
  }
  const line = (kind: string) => {
    const match = new RegExp(`^${kind} avg10=([\\d.]+) .*total=(\\d+)`, "m").exec(text);
    return match === null ? null : { seconds: Number(match[2]) / 1e6, ratio10s: Number(match[1]) / 100 };
  };
  const some = line("some");
  const full = line("full");
  return some === null || full === null ? null : { some, full };
}
