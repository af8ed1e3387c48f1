import { RunError } from "../../common/errors.ts";
import { NativeError } from "../../common/native/native-error.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { formatSize, formatTime, PAGE_BYTES, type Pages, type Us } from "../../common/units.ts";
import type { FileFigures, Gauge, SwapFigures } from "./gauge.ts";
import { leavesMargin, regionPages } from "./kept-memory.ts";
import { isBusy, loadBetween, loadSample, loadText } from "./machine-load.ts";
import { type MachineMemory, machineMemory } from "./machine-memory.ts";
import { type AllPasses, costsOf, type MeasuredCosts } from "./measured-costs.ts";
import { type AnyPasses, LEAST_PASSES, Passes, turnOf } from "./passes.ts";
import type { MeasuredPlace } from "./this-machine.ts";

export interface MeasureOptions {
  /** Passes begin until this time is over, in microseconds. */
  readonly forUs: Us;
  /** Whether own pages may be written to swap. */
  readonly swap: boolean;
  /** Where the file is created that is written and read. */
  readonly directory: string;
}

/** Region of a pass to a disk: 16 MiB. */
const DISK_REGION_PAGES = 4096;
/** Passes of a kind: those to a disk are few, at most 1 GiB is written to each. */
const MOST_PASSES = { memory: 500, disk: 64 } as const;
/** Below this the regions of slower passes are so small that caches hold them. */
const SHORT_US = 1_000_000;
/** How much longer than wanted a measurement takes that is worth a remark, in milliseconds. */
const REMARKABLE_MS = 1000;
/** Free space that a file needs, in sizes of it. */
const FILE_ROOM = 4;

/**
 * Measures what operations on pages cost on a machine, in passes over small regions that are given back after each. At
 * least three passes of each kind are taken, also if the time is over; every kind gets the same share of the time. Before
 * each pass the machine's memory is looked at: a margin of it always stays available.
 *
 * A signal may end the process at any time: nothing is left.
 * @throws {RunError} if too little memory is available, or becomes so before there are three passes
 */
export async function measureMachine(options: MeasureOptions, at: MeasuredPlace): Promise<MeasuredCosts> {
  const memory = machineMemory(at.read);
  const region = regionPages(memory);
  const passes = passesOf(options, at, memory, region);
  const before = loadSample(at.read);
  const fromMs = at.nowMs();
  const remarks = await takeAll(passes, options, at);
  if (options.forUs < SHORT_US) {
    remarks.push(
      `${formatTime(options.forUs)} is short: small regions stay in the processor's caches: use --for 1s or more`,
    );
  }
  const load = loadBetween(before, loadSample(at.read), at.nowMs() - fromMs);
  if (isBusy(load))
    remarks.push(`the machine was busy, which changes the costs: ${loadText(load)}: measure it again when it is idle`);
  const hz = at.gauge.ticksPerSecond();
  const { kernel, processors } = at;
  return {
    costs: costsOf(passes.all),
    hz: hz === 0 ? null : hz,
    processors,
    kernel,
    load,
    regionPages: region,
    remarks,
  };
}

/** The passes, which lose those that fail. */
interface Plan {
  all: AllPasses;
}

function passesOf(
  { swap, directory }: MeasureOptions,
  { gauge, place }: MeasuredPlace,
  memory: MachineMemory,
  region: Pages,
): Plan {
  const diskRegion = Math.min(region, DISK_REGION_PAGES);
  const noFile = objectionToFile(directory, place, diskRegion);
  const noSwap = swap ? objectionToSwap(memory, diskRegion) : "without --swap nothing is written to swap";
  return {
    all: {
      memory: new Passes(region, MOST_PASSES.memory, (pages) => gauge.memory(pages)),
      file: noFile ?? new Passes<FileFigures>(diskRegion, MOST_PASSES.disk, (pages) => gauge.file(directory, pages)),
      swap: noSwap ?? new Passes<SwapFigures>(diskRegion, MOST_PASSES.disk, (pages) => swapPass(gauge, pages)),
    },
  };
}

/** A pass to swap. One that can't be measured takes long, so there is no second one. */
async function swapPass(gauge: Gauge, pages: Pages): Promise<SwapFigures> {
  const figures = await gauge.swap(pages);
  if (figures.swapWriteNs !== null) return figures;
  throw new NativeError("SYSTEM", "the kernel has left pages in memory that it was asked to swap out");
}

/** Why no file can be measured in a directory; null: it can. */
function objectionToFile(directory: string, place: MeasuredPlace["place"], region: Pages): string | null {
  const elsewhere = "set TMPDIR to a directory on a disk";
  try {
    const { isInMemory, freeBytes } = place(directory);
    if (isInMemory) return `files in ${escapeUnsafe(directory)} are in memory: ${elsewhere}`;
    const needed = FILE_ROOM * region;
    if (freeBytes >= needed * PAGE_BYTES) return null;
    return `less than ${formatSize(needed)} is free in ${escapeUnsafe(directory)}: ${elsewhere}`;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return `${escapeUnsafe(directory)}: ${systemErrorText(error)}: ${elsewhere}`;
  }
}

/** Why swap can't be measured; null: it can. */
function objectionToSwap({ swapTotalPages, swapFreePages }: MachineMemory, region: Pages): string | null {
  if (swapTotalPages === 0) return "this machine has no swap";
  // If more than half is used, the kernel gives the place of a page up when it is read: it would be written again.
  if (swapFreePages - region >= swapTotalPages / 2) return null;
  return `${formatSize(swapFreePages)} of swap can be used: expected half of it, and ${formatSize(region)}`;
}

/** Takes passes until the time is over; returns remarks. */
async function takeAll(plan: Plan, { forUs }: MeasureOptions, at: MeasuredPlace): Promise<string[]> {
  const forMs = forUs / 1000;
  const fromMs = at.nowMs();
  let isLate = false;
  for (;;) {
    const active: AnyPasses[] = Object.values(plan.all).filter((passes) => typeof passes !== "string");
    const elapsedMs = at.nowMs() - fromMs;
    const next = turnOf(active, elapsedMs >= forMs);
    if (next === null) return isLate && elapsedMs > forMs + REMARKABLE_MS ? [tookLonger(elapsedMs, forUs)] : [];
    isLate ||= elapsedMs >= forMs;
    const memory = machineMemory(at.read);
    if (!leavesMargin(memory, next.pages)) {
      const short = `memory became short: ${formatSize(memory.availablePages)} are available`;
      if (active.some(({ isShort }) => isShort)) {
        throw new RunError(`${short}: measuring has ended before there were ${LEAST_PASSES} passes of each kind`);
      }
      return [`${short}: measuring has ended early`];
    }
    try {
      await next.take(at.nowMs, forMs);
    } catch (error) {
      if (!(error instanceof NativeError) || next === plan.all.memory) throw error;
      const why = escapeUnsafe(error.message);
      plan.all = next === plan.all.file ? { ...plan.all, file: why } : { ...plan.all, swap: why };
    }
  }
}

const tookLonger = (elapsedMs: number, forUs: Us): string =>
  `it took ${formatTime(Math.round(elapsedMs / 1000) * 1_000_000)} instead of ${formatTime(forUs)}: ${LEAST_PASSES} passes of each kind take so long here`;
