import { posix } from "node:path";

/** Reads a file of the kernel by its path, such as `/proc/self/cgroup`; null if it can't be read. */
export type ReadText = (path: string) => string | null;

/** A directory of a hierarchy of memory cgroups. */
export interface MemoryCgroup {
  readonly path: string;
  /** Version of the hierarchy, which decides the names of its files. */
  readonly version: 1 | 2;
}

/** Usual mount points of the hierarchy of version 2, and of the memory controller of version 1. */
const V2_MOUNTS = ["sys/fs/cgroup", "sys/fs/cgroup/unified"];
const V1_MOUNTS = ["sys/fs/cgroup/memory"];
/** Version 1 has a number for "no limit": the largest one of 63 bits, rounded down to a page. */
const V1_UNLIMITED = 2 ** 62;

/** The cgroups to which this process's memory is charged, in each hierarchy from its own up to the root. */
export function* memoryCgroups(read: ReadText): Generator<MemoryCgroup> {
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  for (const [, controllers = "", ...rest] of groups) {
    const version = controllers === "" ? 2 : 1;
    if (version === 1 && !controllers.split(",").includes("memory")) continue;
    for (const mount of version === 2 ? V2_MOUNTS : V1_MOUNTS) {
      for (let group = posix.normalize(`/${rest.join(":")}`); ; group = posix.dirname(group)) {
        yield { path: posix.join("/", mount, group), version };
        if (group === "/") break;
      }
    }
  }
}

/** Whether the text of a file of a limit is a finite number. */
export const isMemoryLimit = (text: string): boolean => text !== "max" && Number(text) < V1_UNLIMITED;
