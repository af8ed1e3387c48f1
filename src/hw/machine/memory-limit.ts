import { posix } from "node:path";
import { isMemoryLimit, memoryCgroups } from "../../common/memory-cgroups.ts";
import type { MachineFiles } from "./files.ts";

/** A memory limit of one of this process's cgroups. */
export interface MemoryLimit {
  readonly path: string;
  readonly value: string;
}

/** Files with limits, by the version of the hierarchy. */
const LIMITS = { 1: ["memory.limit_in_bytes"], 2: ["memory.max", "memory.high"] } as const;

/**
 * The first finite memory limit on the path from this process's cgroup to the root. The balloon is charged to the
 * daemon's cgroup: at a limit the kernel would try in vain to reclaim the balloon, and then kill the daemon.
 */
export function memoryLimit(files: MachineFiles): MemoryLimit | null {
  for (const group of memoryCgroups((path) => files.read(path))) {
    for (const name of LIMITS[group.version]) {
      const path = posix.join(group.path, name);
      const value = files.read(path);
      if (value !== null && isMemoryLimit(value)) return { path, value };
    }
  }
  return null;
}
