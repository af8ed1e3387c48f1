/** What Linux says of its memory in /proc and debugfs, as columns: for every format that carries those files. */
import { PAGE_BYTES } from "../../../common/units.ts";
import type { DemandModel } from "../reader.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import { AVAILABLE_DEMAND, KERNEL_DEMAND, USED_DEMAND } from "./linux-demands.ts";

/** A number of a file that is a column as it stands. */
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

/** What columns are computed from, beside those that are columns themselves. */
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

/** Every column that the kernel's files may give. */
export const KERNEL_COLUMNS: readonly ColumnSpec[] = [
  ...DIRECT.map(([file, field, quantity, unit, kind]) =>
    column(quantity, file === "meminfo" || file === "vmstat" ? field : `${field} of ${file}`, unit, kind && { kind }),
  ),
  ...COMPUTED,
];

/** What a workload is taken to want, by what its kernel says. */
export const KERNEL_DEMANDS: readonly DemandModel[] = [KERNEL_DEMAND, AVAILABLE_DEMAND, USED_DEMAND];

const nameOf = (file: string, field: string): string => `${file} ${field}`;

/** Places of the numbers that are used. */
const PLACES: ReadonlyMap<string, number> = new Map(
  [
    ...DIRECT.map(([file, field]) => nameOf(file, field)),
    ...INGREDIENTS.map(([file, field]) => nameOf(file, field)),
  ].map((name, index) => [name, index]),
);
const at = (file: string, field: string): number => PLACES.get(nameOf(file, field)) as number;

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
/** A counter that Linux 5.9 brought; from 5.4 on the balloon's pages are counted with any driver. */
const REFAULT_ANON = at("vmstat", "workingset_refault_anon");

/** Numbers whose unit is the machine's page. */
const IN_PAGES: readonly boolean[] = [
  ...DIRECT.map(([file, , , unit]) => unit === "pages" && file !== "vmmemctl"),
  ...INGREDIENTS.map(([file]) => file === "vmstat"),
];

/** The numbers of one moment, by their files and fields, and the columns that they make. */
export class KernelFigures {
  readonly #numbers = new Float64Array(PLACES.size).fill(Number.NaN);

  /** Place of a number; -1 for one that no column needs. */
  static placeOf(file: string, field: string): number {
    return PLACES.get(nameOf(file, field)) ?? -1;
  }

  /** Forgets the moment before. */
  clear(): void {
    this.#numbers.fill(Number.NaN);
  }

  /** Notes a number; one that is noted twice is added up, as counters are that a kernel keeps for each zone. */
  add(place: number, value: number): void {
    const before = this.#numbers[place] as number;
    this.#numbers[place] = Number.isNaN(before) ? value : before + value;
  }

  /** How many numbers are known. */
  get known(): number {
    let count = 0;
    for (const number of this.#numbers) if (!Number.isNaN(number)) count++;
    return count;
  }

  /**
   * Fills in the values of `KERNEL_COLUMNS`.
   * @param pageBytes size of the machine's pages
   */
  write(values: Float64Array, pageBytes: number): void {
    const numbers = this.#numbers;
    if (pageBytes !== PAGE_BYTES) {
      for (let i = 0; i < numbers.length; i++) {
        if (IN_PAGES[i] === true) numbers[i] = ((numbers[i] as number) * pageBytes) / PAGE_BYTES;
      }
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
   * Pages that the balloon holds: by its driver; else by meminfo, which has a line for them since Linux 6.16; else by the
   * counters, but not those of kernels that do not count every driver's balloon: their 0 says nothing.
   */
  #balloon(): number {
    const number = (place: number): number => this.#numbers[place] as number;
    if (!Number.isNaN(number(CURRENT))) return number(CURRENT);
    if (!Number.isNaN(number(BALLOON))) return (number(BALLOON) * 1024) / PAGE_BYTES;
    if (Number.isNaN(number(REFAULT_ANON))) return Number.NaN;
    return number(INFLATE) - number(DEFLATE);
  }
}
