import { KIB_PER_PAGE } from "../../common/units.ts";
import type { MachineFiles } from "../machine/files.ts";
import { memoryPressure } from "../metrics/process-figures.ts";
import type { DryMemory } from "../ports/dry-worker.ts";

/** The machine's memory for a dry run; null if it can't be read. */
export function dryMemory(files: MachineFiles): DryMemory | null {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(files.read("proc/meminfo") ?? "")?.[1];
  const zones = [...(files.read("proc/zoneinfo") ?? "").matchAll(/\n +pages free +(\d+)[\s\S]*?\n +low +(\d+)/g)];
  if (available === undefined || zones.length === 0) return null;
  const pressure = memoryPressure();
  return {
    available: Math.floor(Number(available) / KIB_PER_PAGE),
    aboveLow: zones.reduce((sum, [, free, low]) => sum + Math.max(0, Number(free) - Number(low)), 0),
    psiFull: pressure === null ? null : pressure.full.ratio10s * 100,
  };
}
