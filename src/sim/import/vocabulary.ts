/**
 * The common vocabulary of readers: measured quantities, units, and the sources of numbers. Values stay in the unit of
 * their source; only demand and target are converted to pages.
 */
import { PAGE_BYTES, type Pages } from "../../common/units.ts";

/** Quantities of measured series. A quantity that is not in this list has the prefix `x-` and stays in the trace. */
export const QUANTITIES = {
  memTotal: "RAM of the machine",
  swapTotal: "size of its swap",
  cpus: "its processors",
  granted: "memory that the host has granted to the guest and not reclaimed",
  consumed: "host memory that the guest uses, with shared pages counted once",
  active: "memory that the guest has touched recently, estimated by the host",
  activeWrite: "memory that the guest has written recently, estimated by the host",
  used: "memory that the guest's kernel counts as used",
  free: "memory on the free lists",
  available: "memory available without swapping, estimated by the kernel",
  buffers: "page cache of block devices",
  cached: "page cache of files, with shared memory",
  slab: "memory of the kernel's own objects",
  anon: "anonymous memory",
  dirty: "dirty page cache",
  commit: "memory that processes have reserved",
  lruActive: "pages on the kernel's active lists",
  lruInactive: "pages on the kernel's inactive lists",
  swapUsed: "swap in use",
  swapIn: "read back from swap",
  swapOut: "written to swap",
  pgScan: "pages scanned by reclaim",
  pgSteal: "pages reclaimed",
  majorFaults: "faults that waited for a disk",
  psiSome: "time in which some task waited for memory",
  psiFull: "time in which all non-idle tasks waited for memory",
  balloonSize: "memory that the balloon holds",
  balloonTarget: "target of the balloon",
  balloonMax: "maximum target of the balloon",
  hostSwapped: "guest memory that the host has swapped out",
  hostSwapTarget: "target of the host for swapped guest memory",
  hostSwapIn: "guest memory read back by the host",
  hostSwapOut: "guest memory written out by the host",
  compressed: "guest memory that the host keeps compressed",
  shared: "guest memory that the host shares between guests",
  overhead: "host memory for running the guest",
  rateAlloc: "the driver's allocation rate",
  rateFree: "the driver's deflation rate",
  hostFree: "free memory of the host",
  hostState: "the host's memory state",
  ioRead: "read from disks",
  ioWrite: "written to disks",
} as const;

export type Quantity = keyof typeof QUANTITIES | `x-${string}`;

/** Units of the sources. Percentages and fractions refer to the machine's RAM, `ratio` to another quantity. */
export type Unit =
  | "B"
  | "kB"
  | "MB"
  | "KiB"
  | "MiB"
  | "pages"
  | "%"
  | "fraction"
  | "B/s"
  | "kB/s"
  | "MB/s"
  | "KiB/s"
  | "MiB/s"
  | "pages/s"
  | "us"
  | "ratio"
  | "1";

/** The source of one column; the header of the trace repeats it. */
export interface ColumnSpec {
  readonly quantity: Quantity;
  /** Its name in the source. */
  readonly field: string;
  readonly unit: Unit;
  /** `counter`: counts from the start of the machine on; `rate`: per second. */
  readonly kind: "gauge" | "counter" | "rate";
  readonly aggregate: "instant" | "mean" | "max" | "sum";
  /** Seconds of an aggregate's interval; null: the step of the log. Not used for an instant. */
  readonly windowSeconds: number | null;
  readonly how: "measured" | "derived";
}

/** Facts about the machine, or about its log: read once, not a series of the trace. */
export const FACTS: ReadonlySet<Quantity> = new Set<Quantity>([
  "memTotal",
  "swapTotal",
  "cpus",
  "x-used-part-decimals",
  "x-driver",
  "x-alloc-min",
  "x-alloc-max",
  "x-alloc-shares",
]);

/** Quantities of which every running machine has more than 0: 0 in all samples means that they were not recorded. */
export const NEVER_ZERO: ReadonlySet<Quantity> = new Set<Quantity>([
  "memTotal",
  "granted",
  "consumed",
  "used",
  "anon",
  "slab",
  "commit",
  "lruActive",
  "lruInactive",
  "overhead",
  "x-kernel-stack",
  "x-page-tables",
]);

/** A column with the usual properties: a gauge, read at an instant, measured. */
export function column(
  quantity: Quantity,
  field: string,
  unit: Unit,
  more: Partial<Omit<ColumnSpec, "quantity" | "field" | "unit">> = {},
): ColumnSpec {
  return { quantity, field, unit, kind: "gauge", aggregate: "instant", windowSeconds: null, how: "measured", ...more };
}

const PAGES: Partial<Record<Unit, number>> = {
  B: 1 / PAGE_BYTES,
  kB: 1000 / PAGE_BYTES,
  MB: 1_000_000 / PAGE_BYTES,
  KiB: 1024 / PAGE_BYTES,
  MiB: 1_048_576 / PAGE_BYTES,
  pages: 1,
};

/**
 * Pages per unit.
 * @param memory RAM of the machine in pages, which percentages and fractions refer to
 * @returns null where the unit counts no memory
 */
export function pagesPerUnit(unit: Unit, memory: Pages): number | null {
  if (unit === "%") return memory / 100;
  if (unit === "fraction") return memory;
  return PAGES[unit] ?? null;
}
