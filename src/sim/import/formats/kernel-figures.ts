/** Linux's memory figures in /proc and debugfs, as columns: for all formats that contain these files. */
import { PAGE_BYTES, type Pages } from "../../../common/units.ts";
import type { DemandModel } from "../reader.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import { AVAILABLE_DEMAND, KERNEL_DEMAND, USED_DEMAND } from "./linux-demands.ts";

/** A number of a file that is a column without conversion. */
type Direct = readonly [file: string, field: string, quantity: Quantity, unit: Unit, kind?: "counter"];

const DIRECT: readonly Direct[] = [
  ["meminfo", "MemTotal", "memTotal", "KiB"],
  ["meminfo", "SwapTotal", "swapTotal", "KiB"],
  ["vmmemctl", "target", "balloonTarget", "pages"],
  ["vmmemctl", "rateSleepAlloc", "rateAlloc", "pages/s"],
  ["vmmemctl", "rateNoSleepAlloc", "x-rate-no-sleep-alloc", "pages/s"],
  ["vmmemctl", "rateFree", "rateFree", "pages/s"],
  ["meminfo", "MemFree", "free", "KiB"],
  ["meminfo", "MemAvailable", "available", "KiB"],
  ["meminfo", "Buffers", "buffers", "KiB"],
  ["meminfo", "Cached", "cached", "KiB"],
  ["meminfo", "AnonPages", "anon", "KiB"],
  ["meminfo", "Shmem", "x-shmem", "KiB"],
  ["meminfo", "Mapped", "x-mapped", "KiB"],
  ["meminfo", "SReclaimable", "x-reclaimable-slab", "KiB"],
  ["meminfo", "SUnreclaim", "x-unreclaimable-slab", "KiB"],
  ["meminfo", "KernelStack", "x-kernel-stack", "KiB"],
  ["meminfo", "PageTables", "x-page-tables", "KiB"],
  ["meminfo", "Active(anon)", "x-active-anon", "KiB"],
  ["meminfo", "Inactive(anon)", "x-inactive-anon", "KiB"],
  ["meminfo", "Active(file)", "x-active-file", "KiB"],
  ["meminfo", "Inactive(file)", "x-inactive-file", "KiB"],
  ["meminfo", "Unevictable", "x-unevictable", "KiB"],
  ["meminfo", "AnonHugePages", "x-anon-huge", "KiB"],
  ["meminfo", "Hugetlb", "x-hugetlb", "KiB"],
  ["meminfo", "Dirty", "dirty", "KiB"],
  ["meminfo", "Writeback", "x-writeback", "KiB"],
  ["meminfo", "Committed_AS", "commit", "KiB"],
  ["meminfo", "SwapCached", "x-swap-cached", "KiB"],
  ["swaps", "used", "x-swap-devices-used", "KiB"],
  ["vmstat", "pswpin", "swapIn", "pages", "counter"],
  ["vmstat", "pswpout", "swapOut", "pages", "counter"],
  ["vmstat", "pgscan_direct", "x-scan-direct", "pages", "counter"],
  ["vmstat", "pgsteal_direct", "x-steal-direct", "pages", "counter"],
  ["vmstat", "workingset_refault_anon", "x-refault-anon", "pages", "counter"],
  ["vmstat", "workingset_refault_file", "x-refault-file", "pages", "counter"],
  ["vmstat", "workingset_activate_file", "x-activate-file", "pages", "counter"],
  ["vmstat", "pgfault", "x-faults", "1", "counter"],
  ["vmstat", "pgmajfault", "majorFaults", "1", "counter"],
  ["vmstat", "allocstall", "x-alloc-stalls", "1", "counter"],
  ["vmstat", "oom_kill", "x-oom-kills", "1", "counter"],
  ["vmstat", "pgpgin", "ioRead", "KiB", "counter"],
  ["vmstat", "pgpgout", "ioWrite", "KiB", "counter"],
  ["zoneinfo", "min", "x-watermark-min", "pages"],
  ["zoneinfo", "low", "x-watermark-low", "pages"],
  ["zoneinfo", "high", "x-watermark-high", "pages"],
  ["pressure/memory", "some", "psiSome", "us", "counter"],
  ["pressure/memory", "full", "psiFull", "us", "counter"],
];

/** Numbers from which columns are computed, besides those that are columns themselves. */
const INGREDIENTS: readonly (readonly [file: string, field: string])[] = [
  ["meminfo", "SwapFree"],
  ["meminfo", "Balloon"],
  ["vmmemctl", "current"],
  ["vmstat", "balloon_inflate"],
  ["vmstat", "balloon_deflate"],
  ["vmstat", "pgscan_kswapd"],
  ["vmstat", "pgsteal_kswapd"],
];

const derived = { how: "derived" } as const;
const COMPUTED: readonly ColumnSpec[] = [
  column("balloonSize", "current of vmmemctl, else what the kernel counts", "pages", derived),
  column("swapUsed", "SwapTotal - SwapFree", "KiB", derived),
  column("pgScan", "pgscan_kswapd + pgscan_direct", "pages", { ...derived, kind: "counter" }),
  column("pgSteal", "pgsteal_kswapd + pgsteal_direct", "pages", { ...derived, kind: "counter" }),
];

/** All columns of the kernel's files. */
export const KERNEL_COLUMNS: readonly ColumnSpec[] = [
  ...DIRECT.map(([file, field, quantity, unit, kind]) =>
    column(quantity, file === "meminfo" || file === "vmstat" ? field : `${field} of ${file}`, unit, kind && { kind }),
  ),
  ...COMPUTED,
];

/** `KERNEL_COLUMNS` of a machine whose balloon is a daemon: its pages are anonymous memory of that process, not of the workload. */
export const DAEMON_COLUMNS: readonly ColumnSpec[] = KERNEL_COLUMNS.map((spec) =>
  spec.quantity === "anon" ? column("anon", "AnonPages - current of vmmemctl", "KiB", derived) : spec,
);

/** Demand models that use the kernel's figures. */
export const KERNEL_DEMANDS: readonly DemandModel[] = [KERNEL_DEMAND, AVAILABLE_DEMAND, USED_DEMAND];

const nameOf = (file: string, field: string): string => `${file} ${field}`;

/** Index of each number. */
const PLACES: ReadonlyMap<string, number> = new Map(
  [
    ...DIRECT.map(([file, field]) => nameOf(file, field)),
    ...INGREDIENTS.map(([file, field]) => nameOf(file, field)),
  ].map((name, index) => [name, index]),
);
const at = (file: string, field: string): number => PLACES.get(nameOf(file, field)) as number;

const ANON = at("meminfo", "AnonPages");
const SWAP_TOTAL = at("meminfo", "SwapTotal");
const SWAP_FREE = at("meminfo", "SwapFree");
const BALLOON = at("meminfo", "Balloon");
const CURRENT = at("vmmemctl", "current");
const INFLATE = at("vmstat", "balloon_inflate");
const DEFLATE = at("vmstat", "balloon_deflate");
const SCAN_KSWAPD = at("vmstat", "pgscan_kswapd");
const SCAN_DIRECT = at("vmstat", "pgscan_direct");
const STEAL_KSWAPD = at("vmstat", "pgsteal_kswapd");
const STEAL_DIRECT = at("vmstat", "pgsteal_direct");
/** A counter that exists since Linux 5.9; from 5.4 on the kernel counts the balloon's pages of any driver. */
const REFAULT_ANON = at("vmstat", "workingset_refault_anon");

/** Numbers whose unit is the machine's page. */
const IN_PAGES: readonly boolean[] = [
  ...DIRECT.map(([file, , , unit]) => unit === "pages" && file !== "vmmemctl"),
  ...INGREDIENTS.map(([file]) => file === "vmstat"),
];

/** The numbers of one moment, by their files and fields, and the columns computed from them. */
export class KernelFigures {
  readonly #numbers = new Float64Array(PLACES.size).fill(Number.NaN);

  /** Index of a number; -1 for a number that no column needs. */
  static placeOf(file: string, field: string): number {
    return PLACES.get(nameOf(file, field)) ?? -1;
  }

  /** Clears all numbers. */
  clear(): void {
    this.#numbers.fill(Number.NaN);
  }

  /** Adds a number; several values are summed, such as counters that a kernel has for each zone. */
  add(place: number, value: number): void {
    const before = this.#numbers[place] as number;
    this.#numbers[place] = Number.isNaN(before) ? value : before + value;
  }

  /** Count of known numbers. */
  get known(): number {
    let count = 0;
    for (const number of this.#numbers) if (!Number.isNaN(number)) count++;
    return count;
  }

  /**
   * Writes the values of `KERNEL_COLUMNS`, or of `DAEMON_COLUMNS`.
   * @param pageBytes size of the machine's pages
   * @param isDaemons whether the balloon's pages are a daemon's
   */
  write(values: Float64Array, pageBytes: number, isDaemons = false): void {
    const numbers = this.#numbers;
    if (pageBytes !== PAGE_BYTES) {
      for (let i = 0; i < numbers.length; i++) {
        if (IN_PAGES[i] === true) numbers[i] = ((numbers[i] as number) * pageBytes) / PAGE_BYTES;
      }
    }
    if (isDaemons) {
      numbers[ANON] = Math.max(0, (numbers[ANON] as number) - ((numbers[CURRENT] as number) * PAGE_BYTES) / 1024);
    }
    values.set(numbers.subarray(0, DIRECT.length));
    const number = (place: number): number => numbers[place] as number;
    let index = DIRECT.length;
    values[index++] = this.#balloon();
    values[index++] = number(SWAP_TOTAL) - number(SWAP_FREE);
    values[index++] = number(SCAN_KSWAPD) + number(SCAN_DIRECT);
    values[index++] = number(STEAL_KSWAPD) + number(STEAL_DIRECT);
  }

  /**
   * Size of the balloon in pages: by its driver; else by meminfo, which has a line for it since Linux 6.16; else by the
   * counters, except in kernels that do not count every driver's balloon: there 0 means nothing.
   */
  #balloon(): Pages {
    const number = (place: number): number => this.#numbers[place] as number;
    if (!Number.isNaN(number(CURRENT))) return number(CURRENT);
    if (!Number.isNaN(number(BALLOON))) return (number(BALLOON) * 1024) / PAGE_BYTES;
    if (Number.isNaN(number(REFAULT_ANON))) return Number.NaN;
    return number(INFLATE) - number(DEFLATE);
  }
}
