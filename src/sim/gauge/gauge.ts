/** The native functions that measure, and how they are loaded. */
import { loadNative } from "../../common/native/load.ts";
import { NativeError } from "../../common/native/native-error.ts";
import type { Ns, Pages } from "../../common/units.ts";

/** A pass over anonymous memory; each figure for one page. */
export interface MemoryFigures {
  /** First store to a fresh page, in time of the processor. */
  readonly faultNs: Ns;
  /** A store to a page that is there. */
  readonly touchNs: Ns;
  /** MADV_DONTNEED. */
  readonly releaseNs: Ns;
}

/** A pass over a new file; each figure for one page, null where the kernel leaves pages in memory. */
export interface FileFigures {
  /** fsync of dirty pages, in elapsed time. */
  readonly writeNs: Ns;
  /** Sequential reading from the disk, in elapsed time. */
  readonly readNs: Ns | null;
  /** POSIX_FADV_DONTNEED of clean pages that are not mapped, in time of the processor. */
  readonly dropNs: Ns | null;
  /** MADV_PAGEOUT of clean pages that are mapped, in time of the processor. */
  readonly reclaimNs: Ns | null;
}

/** A pass to swap and back; null where the kernel leaves pages in memory. */
export interface SwapFigures {
  /** MADV_PAGEOUT, in elapsed time. */
  readonly swapWriteNs: Ns | null;
  /** Touching swapped pages: elapsed time without `swapFaultNs`. */
  readonly swapReadNs: Ns | null;
  /** Time of the processor in the same touches; null also where the kernel counts that in ticks (`swapReadNs` then has it). */
  readonly swapFaultNs: Ns | null;
}

/**
 * Measures one pass over a region of so many pages, 2 to 262144. The region is given back before the answer. Each call
 * rejects with a `NativeError` if the system refuses memory or a file.
 */
export interface Gauge {
  memory(pages: Pages): Promise<MemoryFigures>;
  /** @param directory where the file is created, which has no name */
  file(directory: string, pages: Pages): Promise<FileFigures>;
  swap(pages: Pages): Promise<SwapFigures>;
  /** Timer ticks a second of the kernel; 0: unknown. */
  ticksPerSecond(): number;
}

type Answered<Figures> = (
  failure: { readonly code: string; readonly message: string } | null,
  figures: Figures,
) => void;

/** Exports of the addon: native/measuring.h. */
interface MeasuringAddon {
  measureMemory(pages: Pages, answered: Answered<MemoryFigures>): void;
  measureFile(directory: string, pages: Pages, answered: Answered<FileFigures>): void;
  measureSwap(pages: Pages, patienceMs: number, answered: Answered<SwapFigures>): void;
  ticksPerSecond(): number;
}

/**
 * Time after which pages that the kernel does not swap out count as pages that it never will, in milliseconds: a pass of 16 MiB
 * to a slow card takes less.
 */
const PATIENCE_MS = 30_000;

/**
 * The native functions of this machine.
 * @throws {NativeError} if the addon is not for this machine, is missing, or can't be loaded
 */
export function loadGauge(): Gauge {
  const addon = loadNative<MeasuringAddon>({
    purpose: "measuring is for Linux on x64, for which the native addon is",
    needs: "measureMemory",
  });
  return {
    memory: (pages) => answer((answered) => addon.measureMemory(pages, answered)),
    file: (directory, pages) => answer((answered) => addon.measureFile(directory, pages, answered)),
    swap: (pages) => answer((answered) => addon.measureSwap(pages, PATIENCE_MS, answered)),
    ticksPerSecond: () => addon.ticksPerSecond(),
  };
}

const answer = <Figures>(call: (answered: Answered<Figures>) => void): Promise<Figures> =>
  new Promise((resolve, reject) =>
    call((failure, figures) =>
      failure === null ? resolve(figures) : reject(new NativeError(failure.code, failure.message)),
    ),
  );
