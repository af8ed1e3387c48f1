/** The fields that a recording keeps of the kernel's files, and where each file has them. */

/** The recorded files, by their names in a recording. */
export const SOURCE_FILES = [
  "uptime",
  "meminfo",
  "vmstat",
  "zoneinfo",
  "pressure/memory",
  "swaps",
  "vmmemctl",
] as const;
export type SourceFile = (typeof SOURCE_FILES)[number];

/** A file to record. */
export interface SourcePath {
  readonly file: SourceFile;
  readonly path: string;
}

/** A file that is not recorded, and the reason. */
export interface MissingSource extends SourcePath {
  readonly why: string;
}

/** Units of recorded numbers. `pages` are the machine's own, whose size is in the header; `1` is a plain count. */
export type RecordedUnit = "KiB" | "pages" | "balloon pages" | "balloon pages/s" | "us" | "s" | "1";

/** A number of a file, recorded in every sample. */
export interface RecordedField {
  readonly file: SourceFile;
  /** Name of the number: the file's name for it, if it has one. */
  readonly field: string;
  readonly unit: RecordedUnit;
  /** `counter`: counts from the start of the machine on. */
  readonly kind: "gauge" | "counter";
}

const kib = (file: SourceFile, ...fields: string[]): RecordedField[] =>
  fields.map((field) => ({ file, field, unit: "KiB", kind: "gauge" }));
const counters = (file: SourceFile, unit: RecordedUnit, ...fields: string[]): RecordedField[] =>
  fields.map((field) => ({ file, field, unit, kind: "counter" }));
const gauges = (file: SourceFile, unit: RecordedUnit, ...fields: string[]): RecordedField[] =>
  fields.map((field) => ({ file, field, unit, kind: "gauge" }));

/** All recorded fields, in the order of a sample's values; a machine may lack some. */
export const RECORDED_FIELDS: readonly RecordedField[] = [
  ...gauges("uptime", "s", "uptime"),
  ...kib(
    "meminfo",
    "MemTotal",
    "MemFree",
    "MemAvailable",
    "Buffers",
    "Cached",
    "SwapCached",
    "Active(anon)",
    "Inactive(anon)",
    "Active(file)",
    "Inactive(file)",
    "Unevictable",
    "SwapTotal",
    "SwapFree",
    "Dirty",
    "Writeback",
    "AnonPages",
    "Mapped",
    "Shmem",
    "SReclaimable",
    "SUnreclaim",
    "KernelStack",
    "PageTables",
    "Committed_AS",
    "AnonHugePages",
    "Balloon",
    "Hugetlb",
  ),
  ...counters("vmstat", "KiB", "pgpgin", "pgpgout"),
  ...counters(
    "vmstat",
    "pages",
    "pswpin",
    "pswpout",
    "pgscan_kswapd",
    "pgscan_direct",
    "pgsteal_kswapd",
    "pgsteal_direct",
    "workingset_refault_anon",
    "workingset_refault_file",
    "workingset_activate_file",
    "balloon_inflate",
    "balloon_deflate",
  ),
  ...counters("vmstat", "1", "pgfault", "pgmajfault", "allocstall", "oom_kill"),
  ...gauges("zoneinfo", "pages", "min", "low", "high"),
  ...counters("pressure/memory", "us", "some", "full"),
  ...kib("swaps", "size", "used"),
  ...gauges("vmmemctl", "balloon pages", "target", "current"),
  ...gauges("vmmemctl", "balloon pages/s", "rateNoSleepAlloc", "rateSleepAlloc", "rateFree"),
];

/**
 * Counters of /proc/vmstat that older or newer kernels keep for each zone, under separate names: their sum is recorded.
 */
export const SPLIT_BY_ZONE =
  /^(allocstall|pgscan_kswapd|pgscan_direct|pgsteal_kswapd|pgsteal_direct)_(?:dma|dma32|normal|high|movable|device)$/;
