import type { Ns, Pages } from "../../common/units.ts";
import { COST_FIELDS, type Costs } from "../trace/types.ts";
import type { FileFigures, MemoryFigures, SwapFigures } from "./gauge.ts";
import type { MachineLoad } from "./machine-load.ts";
import { type MedianInterval, medianInterval } from "./median-interval.ts";
import { LEAST_PASSES, type Passes } from "./passes.ts";

/** A cost that was measured, or was not. */
export interface MeasuredCost {
  readonly field: keyof Costs;
  /** Nanoseconds a page, with a 90 % interval; null: not measured. */
  readonly interval: MedianInterval | null;
  /** The operation that stands for the cost; or why there is none. */
  readonly note: string;
}

/** What a machine's operations cost. */
export interface MeasuredCosts {
  /** All costs of a machine, in the order of `COST_FIELDS`. */
  readonly costs: readonly MeasuredCost[];
  /** Timer ticks a second; null: unknown. */
  readonly hz: number | null;
  readonly processors: number;
  /** Version of the kernel. */
  readonly kernel: string;
  readonly load: MachineLoad;
  /** Size of the largest region. */
  readonly regionPages: Pages;
  /** What a reader of the figures has to know, one line each. */
  readonly remarks: readonly string[];
}

/** All passes of a measurement; the reason if there are none. */
export interface AllPasses {
  readonly memory: Passes<MemoryFigures>;
  readonly file: Passes<FileFigures> | string;
  readonly swap: Passes<SwapFigures> | string;
}

type Measured = Omit<MeasuredCost, "field">;

/** The costs that the passes tell. */
export function costsOf({ memory, file, swap }: AllPasses): MeasuredCost[] {
  const releaseNs = typicalNs(memory.values((of) => of.releaseNs));
  const dropNs = typeof file === "string" ? null : typicalNs(file.values((of) => of.dropNs));
  const unmapped = typeof file === "string" ? kept(file) : unmap(file);
  const costs: Readonly<Record<keyof Costs, Measured>> = {
    allocNs: kept("a process gets no page without a fault, which costs more"),
    freeNs: kept(
      `a process gives no page back without its entry of a page table${costing("MADV_DONTNEED", releaseNs)}`,
    ),
    faultNs: figure(memory, (of) => of.faultNs, "first store to a page, 4 KiB, zeroed by the kernel"),
    scanNs: kept(
      `no call only looks at pages${costing("dropping a clean page of a file, which is more than a look,", dropNs)}`,
    ),
    ageNs: age(unmapped),
    unmapNs: unmapped,
    swapWriteNs:
      typeof swap === "string"
        ? kept(swap)
        : figure(swap, (of) => of.swapWriteNs, "MADV_PAGEOUT until all pages are on the device; unmapping included"),
    swapOutNs: kept("no call tells what of MADV_PAGEOUT is unmapping, and what is the device's time"),
    flushNs: kept("no task of this measurement runs on another processor while its pages go to swap"),
    swapReadNs:
      typeof swap === "string"
        ? kept(swap)
        : figure(
            swap,
            (of) => of.swapReadNs,
            "waiting, when swapped pages are touched in order, with the kernel's readahead",
          ),
    swapFaultNs:
      typeof swap === "string"
        ? kept(swap)
        : figure(swap, (of) => of.swapFaultNs, "the processor's part of the same touches"),
    fileReadNs:
      typeof file === "string"
        ? kept(file)
        : figure(file, (of) => of.readNs, "reading in order, with readahead; a cache behind the disk may answer"),
    // Pages that stay in memory may have no disk to be written to.
    fileWriteNs:
      typeof file === "string"
        ? kept(file)
        : figure(file, ({ readNs, writeNs }) => (readNs === null ? null : writeNs), "fsync of a new file"),
    touchNs: figure(memory, (of) => of.touchNs, "a store to a page that is there, in order"),
  };
  return COST_FIELDS.map((field) => ({ field, ...costs[field] }));
}

const kept = (why: string): Measured => ({ interval: null, note: `not measured, kept: ${why}` });

/** A figure of passes. */
function figure<Figures>(
  passes: Passes<Figures>,
  of: (figures: Figures) => number | null,
  operation: string,
): Measured {
  const values = passes.values(of);
  if (values.length < LEAST_PASSES) return kept("the kernel has left the pages in memory");
  return { interval: medianInterval(values), note: operation };
}

/** Reclaim of mapped pages costs more than dropping others: by unmapping them. */
function unmap(file: Passes<FileFigures>): Measured {
  const differences = file.values(({ reclaimNs, dropNs }) =>
    reclaimNs === null || dropNs === null ? null : reclaimNs - dropNs,
  );
  if (differences.length < LEAST_PASSES)
    return kept(
      "the kernel left pages in memory after MADV_PAGEOUT: it does not know that, or the passes were too short",
    );
  const interval = medianInterval(differences);
  if (interval.low <= 0) return kept("it is smaller than what differs between passes");
  return { interval, note: "MADV_PAGEOUT of mapped clean pages of a file, less dropping unmapped ones" };
}

/** No call tests the accessed bit of a page and leaves the page where it is. */
const age = (unmapped: Measured): Measured =>
  unmapped.interval === null ? unmapped : { ...unmapped, note: "assumed to be the cost of unmapping" };

const typicalNs = (values: readonly Ns[]): Ns | null =>
  values.length < LEAST_PASSES ? null : medianInterval(values).median;

const costing = (what: string, ns: Ns | null): string => (ns === null ? "" : `; ${what} takes ${Math.round(ns)} ns`);
