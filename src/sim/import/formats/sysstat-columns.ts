/** sysstat's memory figures, by their names in its tools. */
import type { DemandModel } from "../reader.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import { USED_DEMAND } from "./linux-demands.ts";

const GAUGE = {} as const;
const RATE = { kind: "rate", aggregate: "mean" } as const;

/** Quantity, unit, and the names in sar and sadf -d, and in sadf -j: `activity key`. */
type Field = readonly [quantity: Quantity, unit: Unit, title: string, json: string, more: typeof GAUGE | typeof RATE];

const FIELDS: readonly Field[] = [
  ["free", "KiB", "kbmemfree", "memory memfree", GAUGE],
  ["available", "KiB", "kbavail", "memory avail", GAUGE],
  ["used", "KiB", "kbmemused", "memory memused", GAUGE],
  ["x-used-part", "%", "%memused", "memory memused-percent", GAUGE],
  ["buffers", "KiB", "kbbuffers", "memory buffers", GAUGE],
  ["cached", "KiB", "kbcached", "memory cached", GAUGE],
  ["commit", "KiB", "kbcommit", "memory commit", GAUGE],
  ["lruActive", "KiB", "kbactive", "memory active", GAUGE],
  ["lruInactive", "KiB", "kbinact", "memory inactive", GAUGE],
  ["dirty", "KiB", "kbdirty", "memory dirty", GAUGE],
  ["x-shmem", "KiB", "kbshmem", "memory shmem", GAUGE],
  ["anon", "KiB", "kbanonpg", "memory anonpg", GAUGE],
  ["slab", "KiB", "kbslab", "memory slab", GAUGE],
  ["x-kernel-stack", "KiB", "kbkstack", "memory kstack", GAUGE],
  ["x-page-tables", "KiB", "kbpgtbl", "memory pgtbl", GAUGE],
  ["x-swap-free", "KiB", "kbswpfree", "memory swpfree", GAUGE],
  ["swapUsed", "KiB", "kbswpused", "memory swpused", GAUGE],
  ["x-swap-cached", "KiB", "kbswpcad", "memory swpcad", GAUGE],
  ["swapIn", "pages/s", "pswpin/s", "swap-pages pswpin", RATE],
  ["swapOut", "pages/s", "pswpout/s", "swap-pages pswpout", RATE],
  ["ioRead", "KiB/s", "pgpgin/s", "paging pgpgin", RATE],
  ["ioWrite", "KiB/s", "pgpgout/s", "paging pgpgout", RATE],
  ["x-faults", "1", "fault/s", "paging fault", RATE],
  ["majorFaults", "1", "majflt/s", "paging majflt", RATE],
  ["x-freed", "pages/s", "pgfree/s", "paging pgfree", RATE],
  ["x-scan-kswapd", "pages/s", "pgscank/s", "paging pgscank", RATE],
  ["x-scan-direct", "pages/s", "pgscand/s", "paging pgscand", RATE],
  ["pgSteal", "pages/s", "pgsteal/s", "paging pgsteal", RATE],
  ["psiSome", "ratio", "%smem", "psi psi-mem some_avg", RATE],
  ["psiFull", "ratio", "%fmem", "psi psi-mem full_avg", RATE],
];

/** Columns of all readers of sysstat's logs. */
export const SYSSTAT_COLUMNS: readonly ColumnSpec[] = [
  ...FIELDS.map(([quantity, unit, title, , more]) => column(quantity, title, unit, more)),
  column("swapTotal", "kbswpfree + kbswpused", "KiB", { how: "derived" }),
  column("cpus", "CPU", "1"),
  column("x-used-part-decimals", "decimals of %memused", "1"),
];

const TITLES: ReadonlyMap<string, number> = new Map(FIELDS.map(([, , title], index) => [title, index]));
const indexOf = (quantity: Quantity): number => SYSSTAT_COLUMNS.findIndex((each) => each.quantity === quantity);

export const FREE = indexOf("free");
export const AVAILABLE = indexOf("available");
export const USED = indexOf("used");
export const USED_PART = indexOf("x-used-part");
export const BUFFERS = indexOf("buffers");
export const CACHED = indexOf("cached");
export const SLAB = indexOf("slab");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
const SWAP_TOTAL = indexOf("swapTotal");
export const CPUS = indexOf("cpus");
const USED_PART_DECIMALS = indexOf("x-used-part-decimals");

/**
 * Stores the precision of %memused: sar prints fewer than two decimals with --dec.
 * @param text the number as in the log
 */
export function noteDecimals(values: Float64Array, index: number, text: string): void {
  if (index === USED_PART) values[USED_PART_DECIMALS] = /[.,](\d+)/.exec(text)?.[1]?.length ?? 0;
}

/** Number of decimals of %memused in a sample; two if its log does not show it. */
export function decimalsOf(values: Float64Array): number {
  const decimals = values[USED_PART_DECIMALS] as number;
  return Number.isNaN(decimals) ? 2 : decimals;
}

/** Column of a title in sar and `sadf -d`; -1 for a title that is not about memory. */
export const columnOfTitle = (title: string): number => TITLES.get(title) ?? -1;

/** Position of each column in `sadf -j`, as keys inside an entry of its statistics. */
export const JSON_PATHS: readonly (readonly string[])[] = FIELDS.map(([, , , json]) => json.split(" "));

/** Converts a value to the unit of its column: sysstat has pressure in percents. */
export const inUnit = (index: number, value: number): number =>
  SYSSTAT_COLUMNS[index]?.unit === "ratio" ? value / 100 : value;

/** Completes a sample: an available memory of 0 is unknown, as kernels before 3.14 do not report it. */
export function complete(values: Float64Array): void {
  if (values[AVAILABLE] === 0) values[AVAILABLE] = Number.NaN;
  values[SWAP_TOTAL] = (values[SWAP_FREE] as number) + (values[SWAP_USED] as number);
}

export const SYSSTAT_DEMANDS: readonly DemandModel[] = [
  {
    name: "all",
    meaning:
      "for -r ALL: anonymous memory, in RAM or in swap, is demand; page cache is files; all other memory except the " +
      "balloon's is the kernel's",
    formulas:
      "anon = anon + swapUsed - x-swap-cached, fileSet = buffers + cached, " +
      "kernelMemory = memory - free - buffers - cached - anon - x-swap-cached - balloon",
  },
  USED_DEMAND,
];

export const SYSSTAT_QUIRKS: readonly string[] = [
  "RAM is not printed: it is computed from used, free and %memused, exactly if the log also has slab (-r ALL) or is " +
    "old, else with the precision of the percentages over all samples; if this is worse than 3 %, " +
    "--memory",
  "amounts belong to the instant of their row, rates to the time before it",
  "figures that every machine has, such as anonymous memory or slab, were never recorded if they are 0 in all " +
    "samples (a converted file of an old version): unknown",
  "kbmemused includes cache and buffers until sysstat 11.7, and not in later versions: only the RAM is computed from " +
    "it",
  "an available memory of 0 is unknown: kernels before 3.14 do not report it",
  "consecutive activities are joined by their times; an activity without a time is unknown at that time",
  "restarts and comments are events",
];
