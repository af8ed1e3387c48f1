import { posix } from "node:path";
import type { MachineFiles } from "./files.ts";

/** A memory limit of one of this process's cgroups. */
export interface MemoryLimit {
  readonly path: string;
  readonly value: string;
}

/** Usual mount points of the hierarchy of version 2, and of the memory controller of version 1. */
const V2_MOUNTS = ["sys/fs/cgroup", "sys/fs/cgroup/unified"];
const V1_MOUNT = "sys/fs/cgroup/memory";
const V2_LIMITS = ["memory.max", "memory.high"];
const V1_LIMITS = ["memory.limit_in_bytes"];
/** Version 1 has a number for "no limit": the largest one of 63 bits, rounded down to a page. */
const V1_UNLIMITED = 2 ** 62;

/**
 * The first finite memory limit on the path from this process's cgroup to the root. The balloon is charged to the
 * daemon's cgroup: at a limit the kernel would try in vain to reclaim the balloon, and then kill the daemon.
 */
export function memoryLimit(files: MachineFiles): MemoryLimit | null {
  const groups = (files.read("proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  for (const [, controllers = "", ...rest] of groups) {
    const group = rest.join(":");
    const isV2 = controllers === "";
    if (!isV2 && !controllers.split(",").includes("memory")) continue;
    for (const mount of isV2 ? V2_MOUNTS : [V1_MOUNT]) {
      const limit = limitAbove(files, mount, group, isV2 ? V2_LIMITS : V1_LIMITS);
      if (limit !== null) return limit;
    }
  }
  return null;
}

function limitAbove(files: MachineFiles, mount: string, group: string, names: readonly string[]): MemoryLimit | null {
  for (let path = posix.normalize(`/${group}`); ; path = posix.dirname(path)) {
    for (const name of names) {
      const file = posix.join("/", mount, path, name);
      const value = files.read(file);
      if (value !== null && isALimit(value)) return { path: file, value };
    }
    if (path === "/") return null;
  }
}

const isALimit = (value: string): boolean => value !== "max" && Number(value) < V1_UNLIMITED;
