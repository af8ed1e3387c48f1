import type { Pages } from "../../common/units.ts";
import { processorLot } from "../guest/free-memory.ts";
import type { Generations } from "../guest/generations.ts";
import type { LruList } from "../guest/lru.ts";
import type { GuestMemory } from "../guest/memory.ts";
import { HUGE_PAGE, type Piece } from "../guest/piece.ts";
import type { SwapCache } from "../guest/swap-cache.ts";
import type { WorkloadPages } from "../guest/workload-pages.ts";
import type { RunParts } from "./simulation.ts";

/** Numbers that never decrease, by the names in messages. */
const COUNTERS: readonly (readonly [string, (parts: RunParts) => number])[] = [
  ["virtual time", ({ timeline }) => timeline.nowUs],
  ["pages swapped out", ({ guest }) => guest.memory.swapOut],
  ["pages swapped in", ({ guest }) => guest.memory.swapIn],
  ["refaults", ({ guest }) => guest.memory.refaults],
  ["pages scanned by kswapd", ({ guest }) => guest.memory.scanKswapd],
  ["pages scanned directly", ({ guest }) => guest.memory.scanDirect],
  ["pages stolen by kswapd", ({ guest }) => guest.memory.stealKswapd],
  ["pages stolen directly", ({ guest }) => guest.memory.stealDirect],
  ["allocation stalls", ({ guest }) => guest.memory.allocStalls],
  ["failed allocations", ({ guest }) => guest.memory.allocFails],
  ["OOM kills", ({ guest }) => guest.memory.oomKills],
  ["downtime", ({ guest }) => guest.downUs],
  ["lost work", ({ guest }) => guest.lostPages],
  ["undone work", ({ guest }) => guest.undonePages],
  ["nonresident age", ({ guest }) => guest.memory.nonresidentAge],
  ["stall time of the workload", ({ guest }) => guest.workloadStallUs],
  ["stall time of the balloon", ({ guest }) => guest.balloon.stallUs],
  ["PSI some", ({ guest }) => guest.pressure.someUs],
  ["PSI full", ({ guest }) => guest.pressure.fullUs],
  ["backdoor calls", ({ channel }) => channel.calls],
  ["ruled backdoor calls", ({ channel }) => channel.ruled],
];

/** Page counts of the guest as a whole. */
const COUNTS = [
  "free",
  "scatteredFree",
  "processorFree",
  "unmovableFree",
  "kernel",
  "balloon",
  "swap",
  "anon",
  "file",
  "dirty",
  "anonCost",
  "fileCost",
] as const;

/** Page counts of a workload. */
const WORKLOAD_COUNTS = ["hot", "cold", "swappedHot", "swappedCold", "file", "dirty", "fileSet"] as const;

/**
 * Conditions that hold between any two events of any run of any trace: no page is lost, no actor has more pages than
 * the guest has, redundant counts agree, and no counter decreases. To be checked after every event; the object keeps
 * the counters of the previous check.
 */
export class Invariants {
  readonly #parts: RunParts;
  readonly #before: Float64Array;
  readonly #lowestFree: Pages;
  readonly #listed: ListedPages;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#before = new Float64Array(COUNTERS.length);
    const { memory } = parts.guest;
    this.#listed = new ListedPages(memory.workloads.length);
    // The lower limit of free memory: an allocation that must not sleep may go below `min` by its reserve, one that takes
    // pages in lots by all but a page of a lot, and none further.
    const { min } = memory.watermarks.base;
    const below = Math.max(Math.floor(min * memory.rules.nosleepReserve), processorLot(memory.total) - 1);
    this.#lowestFree = Math.max(0, Math.min(memory.total, min - below));
  }

  /** The first violated invariant as a sentence; null if all hold. */
  violated(): string | null {
    return (
      this.#counters() ??
      this.#memory() ??
      this.#reported() ??
      this.#workloads() ??
      this.#outages() ??
      this.#balloon() ??
      this.#parts.driver.violated()
    );
  }

  #counters(): string | null {
    for (let i = 0; i < COUNTERS.length; i++) {
      const [name, read] = COUNTERS[i] as (typeof COUNTERS)[number];
      const now = read(this.#parts);
      const before = this.#before[i] as number;
      if (!(now >= before) || now === Number.POSITIVE_INFINITY) return `${name} went from ${before} to ${now}`;
      this.#before[i] = now;
    }
    const { someUs, fullUs } = this.#parts.guest.pressure;
    if (fullUs > someUs) return `PSI full is ${fullUs} µs, more than some, ${someUs} µs`;
    return null;
  }

  #memory(): string | null {
    const { memory, heldByKernel, heldByBalloon, heldByAnon, heldByFiles } = this.#parts.guest;
    const held = heldByKernel + heldByBalloon + heldByAnon + heldByFiles;
    for (const name of COUNTS) {
      const pages = memory[name];
      if (!isCount(pages)) return `${name} is ${pages} pages`;
    }
    const { free, kernel, balloon, anon, file, total, swap, swapTotal } = memory;
    const cached = memory.swapCache.pages;
    const { processorFree } = memory;
    const sum = free + processorFree + kernel + balloon + anon + cached + file + held;
    if (sum !== total) {
      return `${total} pages have become ${sum}: free ${free}, on processors' lists ${processorFree}, kernel ${kernel}, balloon ${balloon}, anonymous ${anon}, swap cache ${cached}, cache ${file}, held ${held}`;
    }
    if (!this.#listed.areCounted(memory)) return "the counts of a list differ from the pages in its segments";
    const { generations } = memory;
    const wrong = generations === null ? null : ofGenerations(generations);
    if (wrong !== null) return wrong;
    if (memory.scatteredFree > free) return `${memory.scatteredFree} of ${free} free pages are outside of whole blocks`;
    if (memory.unmovableFree > free) return `${memory.unmovableFree} of ${free} free pages are in unmovable blocks`;
    if (memory.hugeAnon % HUGE_PAGE !== 0) return `${memory.hugeAnon} pages are in huge pages of ${HUGE_PAGE}`;
    if (free < this.#lowestFree) return `${free} pages are free, below the reserve of ${this.#lowestFree}`;
    if (swap > swapTotal) return `${swap} pages are in swap, which has ${swapTotal}`;
    if (swap > memory.swapAtStart + memory.swapOut - memory.swapIn) {
      return `${swap} pages are in swap, where ${memory.swapAtStart} began, ${memory.swapOut} were written and ${memory.swapIn} read back`;
    }
    return null;
  }

  #workloads(): string | null {
    const { memory } = this.#parts.guest;
    let resident = 0;
    let swapped = 0;
    let file = 0;
    for (const w of memory.workloads) {
      const wrong = workload(w, memory);
      if (wrong !== null) return `workload ${w.spec.name}: ${wrong}`;
      resident += w.resident;
      swapped += w.swapped;
      file += w.file;
    }
    if (resident !== memory.anon) return `${memory.anon} anonymous pages are listed, workloads have ${resident}`;
    if (swapped !== memory.swap) return `${memory.swap} pages are in swap, workloads have ${swapped} there`;
    if (file !== memory.file) return `${memory.file} pages of page cache are listed, workloads have ${file}`;
    return null;
  }

  #reported(): string | null {
    const { reportedBlocks, freeBlocks } = this.#parts.guest.memory;
    if (isCount(reportedBlocks) && reportedBlocks <= freeBlocks) return null;
    return `${reportedBlocks} blocks are reported, ${freeBlocks} are free`;
  }

  #outages(): string | null {
    const { guest, timeline } = this.#parts;
    let all = 0;
    for (const { index, spec, anon } of guest.memory.workloads) {
      const { kills, firstKillUs, isDown, isAlive, downUs, lostPages } = guest.outageOf(index);
      all += kills;
      const wrong = (what: string) => `workload ${spec.name}: ${what}`;
      if (kills === 0 && (isDown || !isAlive || downUs > 0 || lostPages > 0)) return wrong("it is down without a kill");
      if (!isAlive && (!isDown || anon > 0)) return wrong(`it is dead, and has ${anon} pages`);
      if (downUs > timeline.nowUs - firstKillUs) return wrong(`it has been down ${downUs} µs since ${firstKillUs} µs`);
      if (lostPages < kills) return wrong(`${kills} kills have cost it ${lostPages} pages`);
    }
    if (all !== guest.memory.oomKills) return `workloads were killed ${all} times, not ${guest.memory.oomKills}`;
    return null;
  }

  #balloon(): string | null {
    const { guest, channel, driver, frames: where } = this.#parts;
    const { inBalloon, large, locked: lockedFrames, held: frames } = where;
    if (frames !== guest.memory.balloon)
      return `the balloon counts ${guest.memory.balloon} pages and has ${frames} frames`;
    // A host that waits for a reset has forgotten the locked frames; the guest still holds them.
    const locked = channel.resetPending ? 0 : inBalloon;
    if (lockedFrames.frames !== locked)
      return `the host has locked ${lockedFrames.frames} frames, the balloon has ${locked}`;
    if (driver.view.waitsFor !== null) return null;
    if (driver.view.size !== inBalloon) {
      return `the driver counts ${driver.view.size} pages in a balloon of ${inBalloon} frames`;
    }
    if ((driver.view.large ?? 0) !== large.balloon.frames) {
      return `the driver counts ${driver.view.large ?? 0} pages in large ones, the balloon has ${large.balloon.frames} there`;
    }
    if (frames !== inBalloon) return `between cycles the balloon holds ${frames - inBalloon} pages besides its own`;
    return null;
  }
}

function workload(w: WorkloadPages, memory: GuestMemory): string | null {
  for (const name of WORKLOAD_COUNTS) if (!isCount(w[name])) return `${name} is ${w[name]} pages`;
  if (!(w.sweep >= 0 && Number.isFinite(w.sweep))) return `it has swept ${w.sweep} pages of its working set`;
  if (!(w.fileSweep >= 0 && Number.isFinite(w.fileSweep))) return `it has read ${w.fileSweep} pages`;
  if (w.dirty > w.file) return `${w.dirty} of its ${w.file} pages of page cache are dirty`;
  if (w.file > w.fileSet) return `${w.file} pages of page cache for files of ${w.fileSet}`;
  const listed = (isFile: boolean, hot: boolean) => memory.lru.pagesOf(isFile, w.index, hot);
  if (listed(false, true) !== w.hot) return `${w.hot} pages of the working set, ${listed(false, true)} are listed`;
  if (listed(false, false) !== w.cold) return `${w.cold} other pages, ${listed(false, false)} are listed`;
  if (listed(true, true) !== w.file) return `${w.file} file pages, ${listed(true, true)} are listed`;
  if (listed(true, false) !== 0) return "file pages are listed as anonymous ones";
  const { swapCache } = memory;
  if (swapCache.pagesOf(w.index, true) > w.swappedHot || swapCache.pagesOf(w.index, false) > w.swappedCold) {
    return `${swapCache.pagesOf(w.index, true)} and ${swapCache.pagesOf(w.index, false)} pages are in the swap cache, ${w.swappedHot} and ${w.swappedCold} in swap`;
  }
  if (w.evictedHot.pages + swapCache.pagesOf(w.index, true) !== w.swappedHot) {
    return `${w.swappedHot} pages of the working set are in swap, ${w.evictedHot.pages} evicted and ${swapCache.pagesOf(w.index, true)} in the swap cache`;
  }
  for (const evicted of [w.evictedHot, w.fileShadows]) {
    let pages = 0;
    evicted.forEach((entry) => {
      pages += entry.pages;
    });
    if (pages !== evicted.pages) return `${evicted.pages} pages are counted as evicted, ${pages} remembered`;
  }
  if (w.fileShadows.pages > w.fileSet - w.file) {
    return `${w.fileShadows.pages} file pages are remembered as evicted, ${w.fileSet - w.file} are missing`;
  }
  return null;
}

/** Both kinds have two to four generations, and files none that is older than the oldest of anonymous pages. */
function ofGenerations({ maxSeq, minSeq: [anon, file] }: Generations): string | null {
  const isValid = file + 1 <= maxSeq && anon + 1 <= maxSeq && maxSeq - file < 4 && maxSeq - anon < 4;
  return isValid ? null : `the youngest generation is ${maxSeq}, the oldest ones are ${anon} and ${file}`;
}

/** Pages in the segments of lists, per owner. Kept for the next check: a new one for each list and event would cost more. */
class ListedPages {
  readonly #hot: Float64Array;
  readonly #cold: Float64Array;
  #areCounted = true;

  /** @param owners number of workloads */
  constructor(owners: number) {
    this.#hot = new Float64Array(owners);
    this.#cold = new Float64Array(owners);
  }

  /** Whether the counts of each list, per owner and in total, equal the pages in its segments. */
  areCounted({ lru, swapCache }: GuestMemory): boolean {
    this.#areCounted = true;
    this.#compare(swapCache);
    lru.forEachList(this.#compare);
    return this.#areCounted;
  }

  readonly #add = ({ owner, hot, cold }: Readonly<Piece>): void => {
    this.#areCounted &&= isCount(hot) && isCount(cold);
    (this.#hot[owner] as number) += hot;
    (this.#cold[owner] as number) += cold;
  };

  readonly #compare = (list: LruList | SwapCache): void => {
    const [hot, cold] = [this.#hot, this.#cold];
    hot.fill(0);
    cold.fill(0);
    list.forEach(this.#add);
    let all = 0;
    for (let i = 0; i < hot.length; i++) {
      this.#areCounted &&= hot[i] === list.pagesOf(i, true) && cold[i] === list.pagesOf(i, false);
      all += (hot[i] as number) + (cold[i] as number);
    }
    this.#areCounted &&= all === list.pages;
  };
}

/** Whether a number is a valid count of pages: whole, finite, not negative. */
function isCount(pages: number): boolean {
  return Number.isSafeInteger(pages) && pages >= 0;
}
