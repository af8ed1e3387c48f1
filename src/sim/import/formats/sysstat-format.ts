import type { Format } from "../reader.ts";
import { SYSSTAT_COLUMNS, SYSSTAT_DEMANDS } from "./sysstat-columns.ts";
import { SysstatRam } from "./sysstat-ram.ts";

/** The common properties of the outputs of sysstat's tools, which print the same files. */
export const SYSSTAT_FORMAT = {
  columns: SYSSTAT_COLUMNS,
  step: "1 s to 10 min",
  stepSeconds: 600,
  gapSteps: 2,
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "inferred",
  machines: "several",
  demands: SYSSTAT_DEMANDS,
  memoryFinder: () => new SysstatRam(),
} as const satisfies Partial<Format>;
