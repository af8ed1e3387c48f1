import { RunError } from "../../common/errors.ts";
import { formatSize, type Pages } from "../../common/units.ts";
import type { MachineMemory } from "./machine-memory.ts";

/** Memory that always stays available: one part in so many of all memory, and at least this. */
const MARGIN = { part: 16, leastPages: 16_384 } as const;
/** A region takes at most one part in so many of what is available above the margin. */
const REGION_PART = 4;
const LEAST_REGION_PAGES = 1024;
/** 64 MiB: more than the caches of a processor hold, and a pass over it takes a fraction of a second. */
const MOST_REGION_PAGES = 16_384;

/** Memory that a measurement leaves available, in pages: 1/16 of all memory, at least 64 MiB. */
export const marginPages = ({ totalPages }: MachineMemory): Pages =>
  Math.max(MARGIN.leastPages, Math.ceil(totalPages / MARGIN.part));

/**
 * The size of the regions in which this machine is measured: 4 to 64 MiB, at most a quarter of what is available above the
 * margin.
 * @throws {RunError} if less is available
 */
export function regionPages(memory: MachineMemory): Pages {
  const margin = marginPages(memory);
  const region = Math.min(MOST_REGION_PAGES, Math.floor((memory.availablePages - margin) / REGION_PART));
  if (region >= LEAST_REGION_PAGES) return region;
  const needed = margin + LEAST_REGION_PAGES * REGION_PART;
  throw new RunError(
    `${formatSize(memory.availablePages)} of memory are available, expected at least ${formatSize(needed)}, of which ${formatSize(margin)} stay free: end other programs, or raise the limit of this one`,
  );
}

/** Whether a region of this size still leaves the margin. */
export const leavesMargin = (memory: MachineMemory, region: Pages): boolean =>
  memory.availablePages - region >= marginPages(memory);
