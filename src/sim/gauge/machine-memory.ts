import { posix } from "node:path";
import { RunError } from "../../common/errors.ts";
import { isMemoryLimit, memoryCgroups, type ReadText } from "../../common/memory-cgroups.ts";
import { PAGE_BYTES, type Pages } from "../../common/units.ts";

/** The memory that a process of this machine may use. */
export interface MachineMemory {
  /** All pages, or the tightest limit of the process's cgroups. */
  readonly totalPages: Pages;
  /** Pages that can be allocated without swapping, within the limits of the process's cgroups. */
  readonly availablePages: Pages;
  readonly swapTotalPages: Pages;
  readonly swapFreePages: Pages;
}

/** Files of a memory cgroup, by the version of its hierarchy. The file cache is as good as free. */
const FILES = {
  1: { limits: ["memory.limit_in_bytes"], usage: "memory.usage_in_bytes", cache: "total_inactive_file" },
  2: { limits: ["memory.max", "memory.high"], usage: "memory.current", cache: "inactive_file" },
} as const;

/**
 * Reads the memory of this machine.
 * @throws {RunError} if the kernel does not tell it
 */
export function machineMemory(read: ReadText): MachineMemory {
  const text = read("/proc/meminfo") ?? "";
  const pages = (name: string): Pages | null => {
    const kib = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1];
    return kib === undefined ? null : Math.floor((Number(kib) * 1024) / PAGE_BYTES);
  };
  const totalPages = pages("MemTotal");
  const availablePages = pages("MemAvailable");
  if (totalPages === null || availablePages === null) {
    throw new RunError("/proc/meminfo: expected MemTotal and MemAvailable: how much memory is available is not known");
  }
  let total = totalPages;
  let available = availablePages;
  let swapFree = pages("SwapFree") ?? 0;
  for (const { path, version } of memoryCgroups(read)) {
    const { limits, usage, cache } = FILES[version];
    const number = (name: string): number => Number(read(posix.join(path, name)) ?? Number.NaN);
    const cached = Number(
      new RegExp(`^${cache} (\\d+)$`, "m").exec(read(posix.join(path, "memory.stat")) ?? "")?.[1] ?? 0,
    );
    for (const name of limits) {
      const limit = read(posix.join(path, name));
      total = Math.min(total, roomBelow(limit, 0));
      available = Math.min(available, roomBelow(limit, number(usage) - cached));
    }
    if (version === 2) {
      swapFree = Math.min(
        swapFree,
        roomBelow(read(posix.join(path, "memory.swap.max")), number("memory.swap.current")),
      );
    }
  }
  return {
    totalPages: total,
    availablePages: available,
    swapTotalPages: pages("SwapTotal") ?? 0,
    swapFreePages: swapFree,
  };
}

/** Pages below a limit in bytes; infinite without one. */
function roomBelow(limit: string | null, used: number): Pages {
  if (limit === null || !isMemoryLimit(limit) || Number.isNaN(used)) return Number.POSITIVE_INFINITY;
  return Math.max(0, Math.floor((Number(limit) - used) / PAGE_BYTES));
}
