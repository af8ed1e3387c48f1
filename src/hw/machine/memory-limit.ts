import { posix } from "node:path";
import type { MachineFiles } from "./files.ts";

/** A memory limit of a cgroup that this process is in. */
export interface MemoryLimit {
  readonly path: string;
  readonly value: string;
}

/** Where distributions mount the one hierarchy of version 2, and the memory controller's of version 1. */
const V2_MOUNTS = ["sys/fs/cgroup", "sys/fs/cgroup/unified"];
const V1_MOUNT = "sys/fs/cgroup/memory";
const V2_LIMITS = ["memory.max", "memory.high"];
const V1_LIMITS = ["memory.limit_in_bytes"];
/** Version 1 says "no limit" as a number: the largest one of 63 bits, less what does not fill a page. */
const V1_UNLIMITED = 2 ** 62;

/**
 * The first finite memory limit on the way from this process's cgroup to the root. The balloon is charged to the daemon's
 * cgroup: at a limit the kernel would reclaim what it can't reclaim, and then kill the daemon.
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
