import { InputError } from "../../common/errors.ts";
import type { RecordedField, SourceFile } from "../../common/record/fields.ts";
import { KIB_PER_PAGE, PAGE_BYTES, type Pages, type Us } from "../../common/units.ts";

/** The state of the machine and of the real driver at one moment. Sizes in pages of 4 KiB; sums count from an unknown beginning. */
export interface Sample {
  /** The machine's monotonic clock. */
  readonly timeUs: Us;
  /** Wall clock, in milliseconds since 1970: for messages and reports only. */
  readonly wallMs: number;
  /** The target that the real driver has received, and the size of its balloon. */
  readonly target: Pages;
  readonly size: Pages;
  readonly memory: Pages;
  readonly free: Pages;
  /** Anonymous and shared memory in RAM. */
  readonly anon: Pages;
  /** Page cache without shared memory, and reclaimable slab. */
  readonly files: Pages;
  readonly swapCached: Pages;
  readonly swapTotal: Pages;
  readonly swapUsed: Pages;
  /** The sum of the zones' watermark `min`; null if unknown. */
  readonly minFree: Pages | null;
  /** Pages swapped out and in; null if the kernel does not count them. */
  readonly swapOut: Pages | null;
  readonly swapIn: Pages | null;
  /** Stall times (PSI), in microseconds; null if the kernel has none. */
  readonly someUs: Us | null;
  readonly fullUs: Us | null;
  readonly oomKills: number | null;
}

/** Makes samples of the values of a recording's columns. */
export type SampleReader = (wallMs: number, timeUs: Us, values: Float64Array) => Sample | null;

/** Fields without which nothing can be replayed. */
const NEEDED: readonly (readonly [SourceFile, string])[] = [
  ["meminfo", "MemTotal"],
  ["meminfo", "MemFree"],
  ["meminfo", "Cached"],
  ["meminfo", "AnonPages"],
];

/**
 * A reader of samples with these columns. A sample whose balloon or memory can't be read now is null.
 * @param pageBytes size of the machine's own pages; null: 4 KiB
 * @throws {InputError} if a field is missing without which nothing can be replayed
 */
export function sampleReader(columns: readonly RecordedField[], pageBytes: number | null): SampleReader {
  const indexOf = (file: SourceFile, field: string): number =>
    columns.findIndex((column) => column.file === file && column.field === field);
  for (const [file, field] of NEEDED) {
    if (indexOf(file, field) === -1) throw new InputError(`${file}: has no ${field}: a shadow needs it`);
  }
  const perPage = (pageBytes ?? PAGE_BYTES) / PAGE_BYTES;
  const getter = (file: SourceFile, field: string, factor: number) => {
    const index = indexOf(file, field);
    return (values: Float64Array): number | null => {
      const value = index === -1 ? Number.NaN : (values[index] as number);
      return Number.isNaN(value) ? null : Math.round(value * factor);
    };
  };
  const kib = (field: string) => getter("meminfo", field, 1 / KIB_PER_PAGE);
  const read = {
    target: getter("vmmemctl", "target", 1),
    size: getter("vmmemctl", "current", 1),
    memory: kib("MemTotal"),
    free: kib("MemFree"),
    anon: kib("AnonPages"),
    shmem: kib("Shmem"),
    cached: kib("Cached"),
    buffers: kib("Buffers"),
    slab: kib("SReclaimable"),
    swapCached: kib("SwapCached"),
    swapTotal: kib("SwapTotal"),
    swapFree: kib("SwapFree"),
    minFree: getter("zoneinfo", "min", perPage),
    swapOut: getter("vmstat", "pswpout", perPage),
    swapIn: getter("vmstat", "pswpin", perPage),
    some: getter("pressure/memory", "some", 1),
    full: getter("pressure/memory", "full", 1),
    oomKills: getter("vmstat", "oom_kill", 1),
  };
  return (wallMs, timeUs, values) => {
    const [target, size] = [read.target(values), read.size(values)];
    const [memory, free, anon, cached] = [
      read.memory(values),
      read.free(values),
      read.anon(values),
      read.cached(values),
    ];
    if (target === null || size === null || memory === null || free === null || anon === null || cached === null) {
      return null;
    }
    const shmem = read.shmem(values) ?? 0;
    const swapTotal = read.swapTotal(values) ?? 0;
    return {
      timeUs,
      wallMs,
      target,
      size,
      memory,
      free,
      anon: anon + shmem,
      files: Math.max(0, cached - shmem) + (read.buffers(values) ?? 0) + (read.slab(values) ?? 0),
      swapCached: read.swapCached(values) ?? 0,
      swapTotal,
      swapUsed: swapTotal - (read.swapFree(values) ?? swapTotal),
      minFree: read.minFree(values),
      swapOut: read.swapOut(values),
      swapIn: read.swapIn(values),
      someUs: read.some(values),
      fullUs: read.full(values),
      oomKills: read.oomKills(values),
    };
  };
}
