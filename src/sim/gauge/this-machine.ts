import { readFileSync, statfsSync } from "node:fs";
import { cpus, release } from "node:os";
import { performance } from "node:perf_hooks";
import type { ReadText } from "../../common/memory-cgroups.ts";
import type { Bytes, Ms } from "../../common/units.ts";
import { type Gauge, loadGauge } from "./gauge.ts";

/** The place of a file: its file system. */
export interface Place {
  /** Whether its files are in memory, and on no disk. */
  readonly isInMemory: boolean;
  readonly freeBytes: Bytes;
}

/** A machine that is measured; tests have their own. */
export interface MeasuredPlace {
  readonly gauge: Gauge;
  readonly read: ReadText;
  /** Time on a clock that only moves forward, in milliseconds. */
  nowMs(): Ms;
  /** @throws {Error} of the system, if the directory is missing */
  place(directory: string): Place;
  /** Version of the kernel. */
  readonly kernel: string;
  readonly processors: number;
}

/** Types of file systems in memory: tmpfs and ramfs (linux/magic.h). */
const IN_MEMORY = [0x0102_1994, 0x8584_58f6];

/**
 * This machine.
 * @throws {NativeError} if the native functions are missing
 */
export const thisMachine = (): MeasuredPlace => ({
  gauge: loadGauge(),
  read: (path) => {
    try {
      return readFileSync(path, "latin1").trimEnd();
    } catch {
      return null;
    }
  },
  nowMs: () => performance.now(),
  place: (directory) => {
    const { type, bavail, bsize } = statfsSync(directory);
    return { isInMemory: IN_MEMORY.includes(type), freeBytes: bavail * bsize };
  },
  kernel: release(),
  processors: cpus().length,
});
