import type { Pages, PagesPerS, Us } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Value } from "../trace/value.ts";
import { Wait } from "../view/causes.ts";
import { waitForBatchUs } from "./batching.ts";
import type { GuestContext } from "./context.ts";
import type { Flusher } from "./flusher.ts";
import { Lru } from "./memory.ts";
import type { Outage } from "./outage.ts";
import { Refault } from "./page-lists.ts";
import { createPiece, PageFlag } from "./piece.ts";
import { Activity } from "./pressure.ts";
import type { Shadow } from "./shadows.ts";
import { Progress, SlowPathAllocator } from "./slow-path-allocator.ts";
import type { Sweep } from "./units.ts";
import type { WorkloadPages } from "./workload-pages.ts";

const Doing = { Nothing: 0, Allocating: 1, Reading: 2, AllocatingForWrite: 3, Writing: 4 } as const;

/** Shortest time between two activations of pages that were read again, in microseconds: one event covers several. */
const ACTIVATION_PERIOD_US = 250_000;
const RETRY_US = 1_000_000;
const CHUNKS_PER_GUEST = 1024;
const CHUNK_MIN = 256;

/** What makes a thread for files. */
export interface FileThreadParts {
  readonly slot: number;
  readonly pages: WorkloadPages;
  readonly outage: Outage;
  readonly flusher: Flusher;
  /** The series of the trace. */
  readonly values: { readonly set: Value; readonly read: Value; readonly write: Value };
}

/**
 * The thread of a workload that uses files: it reads them in order, again and again, and writes to them, likewise. A read
 * that hits the page cache causes no event, except when it activates the page. A read that misses waits for the disk. A
 * write that hits the page cache makes the page dirty; one that misses allocates a page, which is dirty at once, and reads
 * nothing: writes are of whole pages.
 */
export class FileThread implements Archived {
  readonly #context: GuestContext;
  readonly #slot: number;
  readonly #pages: WorkloadPages;
  readonly #outage: Outage;
  readonly #allocator: SlowPathAllocator;
  readonly #flusher: Flusher;
  readonly #set: Value;
  readonly #read: Value;
  readonly #write: Value;
  readonly #chunk: Pages;
  readonly #shadow: Shadow = { age: 0, workingset: false };
  readonly #piece = createPiece();
  #doing: number = Doing.Nothing;
  #settledUs = 0;
  #sweepAtMiss: Sweep = 0;
  #missCarry: Pages = 0;
  #dirtyCarry: Pages = 0;
  /** Written pages that were not in the page cache and are not allocated yet. */
  #missedWrites: Pages = 0;
  /** Pages of the last read that had been in the page cache before; not a part of the state. */
  #remembered: Pages = 0;
  #knowsOfEviction = false;
  #failed = false;
  #alive = true;

  constructor(context: GuestContext, { slot, pages, outage, flusher, values }: FileThreadParts) {
    this.#context = context;
    this.#slot = slot;
    this.#pages = pages;
    this.#outage = outage;
    this.#flusher = flusher;
    this.#allocator = new SlowPathAllocator(context, slot, { patienceUs: 0 });
    this.#set = values.set;
    this.#read = values.read;
    this.#write = values.write;
    this.#chunk = Math.max(CHUNK_MIN, Math.floor(context.memory.total / CHUNKS_PER_GUEST));
  }

  /** Microseconds that the thread has stalled in direct reclaim. */
  get reclaimStallUs(): number {
    return this.#allocator.stalledUs;
  }

  /** Pages of the allocation in progress: they are not free any more, and not in the page cache yet. */
  get held(): Pages {
    return this.#allocator.held;
  }

  /** Microseconds that the thread has waited for reads of refaulted pages. */
  refaultStallUs = 0;

  /**
   * Reads and writes that the trace has demanded and that the thread has not made because it waited: for memory, for the disk,
   * or for writeback; up to the last `settle`, may be a fraction. Those of an outage are not in it.
   */
  undone: Pages = 0;

  /** What the thread waits for now (`Wait`); -1: nothing. Reads of pages that had not been in use count as `FileRead`. */
  get waitsFor(): number {
    if (this.#allocator.reclaiming) return Wait.DirectReclaim;
    if (this.#doing !== Doing.Reading) return -1;
    return this.#context.pressure.isStalled(this.#slot) ? Wait.Refault : Wait.FileRead;
  }

  /** Fills the page cache with the files of time 0, down to the high watermark, marked as referenced. */
  warmUp(): void {
    const { memory } = this.#context;
    const w = this.#pages;
    w.fileSet = Math.floor(this.#set.at(0));
    if (w.spec.fileWarm) memory.addFile(w, memory.takeFree(w.fileSet, memory.watermarks.high), PageFlag.Referenced);
    this.look();
  }

  /** The OOM killer has killed the workload (its page cache stays), or the workload has restarted. */
  setAlive(alive: boolean): void {
    if (this.#alive === alive) return;
    this.settle();
    this.#alive = alive;
    this.#missedWrites = 0;
    this.look();
  }

  look(): void {
    if (this.#doing === Doing.Nothing) this.#decide();
  }

  /** Called after reclaim: if it evicted pages of the files, schedules the first miss on them. */
  notice(): void {
    const w = this.#pages;
    if (this.#knowsOfEviction || w.file === w.fileSet) return;
    this.#knowsOfEviction = true;
    this.settle();
    this.#sweepAtMiss = w.fileSweep;
    this.#missCarry = 0;
    if (this.#doing !== Doing.Nothing || !this.#alive) return;
    const { timeline } = this.#context;
    timeline.at(this.#slot, Math.min(timeline.dueUs(this.#slot), this.#nextLookUs()));
  }

  /** Advances the file sweep, the dirty pages and the lost accesses to the current time. */
  settle(): void {
    const { nowUs } = this.#context.timeline;
    if (nowUs === this.#settledUs) return;
    const w = this.#pages;
    if (this.#alive && w.fileSet > 0) {
      const read = this.#read.over(this.#settledUs, nowUs);
      const made = this.#doing === Doing.Nothing ? this.#readable(read, nowUs) : 0;
      w.fileSweep += made;
      this.undone += read - made;
    }
    this.#outage.lostPages += this.unsettledLoss;
    if (this.#alive && w.fileSet > 0) this.#settleWrites(this.#write.over(this.#settledUs, nowUs));
    this.#settledUs = nowUs;
  }

  /** How many of so many pages the thread can read since the last `settle`: pages that the host has swapped make it wait. */
  #readable(pages: Pages, nowUs: number): Pages {
    const { backing } = this.#context;
    return backing === null ? pages : backing.readCached(this.#pages, pages, (nowUs - this.#settledUs) * 1000);
  }

  /** The wait for the host in which the thread fills pages that were free. */
  #hostWaitUs(pages: Pages): Us {
    const { backing } = this.#context;
    return backing === null ? 0 : Math.ceil(backing.touchFree(pages) / 1000);
  }

  /** Writes so many pages, may be a fraction: those in the page cache become dirty, the others are gathered. */
  #settleWrites(written: Pages): void {
    const w = this.#pages;
    const hits = this.#hits(written);
    const exact = hits + this.#dirtyCarry;
    const pages = Math.floor(exact);
    this.#dirtyCarry = exact - pages;
    const dirtied = this.#dirtied(pages);
    // Writes of pages that are dirty already are made.
    const wanted = Math.min(pages, w.file - w.dirty);
    const held = Math.max(0, wanted - dirtied);
    this.undone += held;
    if (held > 0) this.#reportHeld(held, wanted);
    w.dirty += dirtied;
    if (this.#doing === Doing.Nothing) this.#missedWrites += written - hits;
    else this.undone += written - hits;
    if (this.#context.memory.rules.writesActivate) {
      w.fileSweep += written;
      this.#sweepAtMiss += written;
    }
  }

  /** Reports that so many of the pages written since the last `settle` were held up by the limit of dirty pages. */
  #reportHeld(held: Pages, wanted: Pages): void {
    const us = Math.round(((this.#context.timeline.nowUs - this.#settledUs) * held) / wanted);
    this.#context.causes?.waits(this.#slot, Wait.DirtyLimit, this.#settledUs, us, held);
  }

  /** How many of so many written pages are in the page cache. */
  #hits(written: Pages): Pages {
    const { file, fileSet } = this.#pages;
    return file === fileSet ? written : (written * file) / fileSet;
  }

  /** Reads and writes lost since the last `settle`: the demand of the trace while the workload is killed. */
  get unsettledLoss(): Pages {
    const { nowUs } = this.#context.timeline;
    if (this.#alive || this.#pages.fileSet === 0) return 0;
    return this.#read.over(this.#settledUs, nowUs) + this.#write.over(this.#settledUs, nowUs);
  }

  /**
   * How many of `pages` written pages become dirty: only clean ones, and only up to the limit of dirty pages. Beyond it the
   * writer waits for the flusher (mm/page-writeback.c `balance_dirty_pages()`): what it does not write meanwhile, it never
   * writes.
   */
  #dirtied(pages: Pages): Pages {
    const w = this.#pages;
    return Math.max(0, Math.min(pages, w.file - w.dirty, this.#flusher.limit - this.#context.memory.dirty));
  }

  /** Dirty pages now. Settles nothing. */
  get dirty(): Pages {
    const { nowUs } = this.#context.timeline;
    const w = this.#pages;
    if (!this.#alive) return w.dirty;
    if (w.fileSet === 0) return w.dirty;
    return w.dirty + this.#dirtied(Math.floor(this.#hits(this.#write.over(this.#settledUs, nowUs)) + this.#dirtyCarry));
  }

  /** Pages that become dirty in a second. */
  get dirtyRate(): PagesPerS {
    return this.#alive && this.#pages.fileSet > 0 ? this.#write.soon(this.#context.timeline.nowUs) : 0;
  }

  /** Handles the thread's event. */
  resume(): void {
    this.settle();
    if (this.#allocator.reclaiming) this.#continue(this.#allocator.resume());
    else {
      this.#doing = Doing.Nothing;
      this.#context.pressure.set(this.#slot, Activity.Idle, this.#context.timeline.nowUs);
      this.#decide();
    }
  }

  archive(a: Archive): void {
    this.#allocator.archive(a);
    this.#doing = a.number(this.#doing);
    this.#settledUs = a.number(this.#settledUs);
    this.#sweepAtMiss = a.number(this.#sweepAtMiss);
    this.#missCarry = a.number(this.#missCarry);
    this.#dirtyCarry = a.number(this.#dirtyCarry);
    this.#missedWrites = a.number(this.#missedWrites);
    this.#knowsOfEviction = a.boolean(this.#knowsOfEviction);
    this.#failed = a.boolean(this.#failed);
    this.#alive = a.boolean(this.#alive);
    this.refaultStallUs = a.number(this.refaultStallUs);
    this.undone = a.number(this.undone);
  }

  #decide(): void {
    this.settle();
    const { memory, timeline, pressure } = this.#context;
    const w = this.#pages;
    const set = Math.floor(this.#set.at(timeline.nowUs));
    if (set < w.fileSet) memory.freeFile(w, Math.round((w.file * (w.fileSet - set)) / w.fileSet));
    w.fileSet = set;
    w.fileShadows.keep(set - w.file);
    if (!this.#alive) return this.#rest();
    this.#activateReread();
    const missing = w.fileSet - w.file;
    if (missing === 0) {
      this.#missedWrites = 0;
      return this.#rest();
    }
    const read = w.fileSweep - this.#sweepAtMiss;
    this.#sweepAtMiss = w.fileSweep;
    const exact = (read * missing) / w.fileSet + this.#missCarry;
    const misses = Math.min(missing, this.#chunk, Math.floor(exact));
    // One chunk at a time: the remaining misses follow after this one is read.
    this.#missCarry = Math.min(exact, missing) - misses;
    if (misses === 0) return this.#writeMissing(missing);
    this.#doing = Doing.Allocating;
    pressure.set(this.#slot, Activity.Running, timeline.nowUs);
    this.#continue(this.#allocator.ask(misses));
  }

  /** Allocates the pages of missed writes, up to the limit of dirty pages, or rests. */
  #writeMissing(missing: Pages): void {
    const { memory, timeline, pressure } = this.#context;
    const exact = Math.min(missing, this.#missedWrites);
    const room = Math.max(0, this.#flusher.limit - memory.dirty);
    const pages = Math.min(Math.floor(exact), this.#chunk, room);
    if (pages === room) {
      this.undone += exact - pages;
      if (exact > pages) this.#context.causes?.waits(this.#slot, Wait.DirtyLimit, timeline.nowUs, 0, exact - pages);
    }
    this.#missedWrites = pages === room ? 0 : exact - pages;
    if (pages === 0) return this.#rest();
    this.#doing = Doing.AllocatingForWrite;
    pressure.set(this.#slot, Activity.Running, timeline.nowUs);
    this.#continue(this.#allocator.ask(pages));
  }

  /** Activates file pages that have been read again; the kernel does it at the read (`mark_page_accessed`). */
  #activateReread(): void {
    const { memory } = this.#context;
    const w = this.#pages;
    for (;;) {
      const pages = memory.lru.takeReread(w.index, w.fileSweep, w.fileSet, this.#piece);
      if (pages === 0) return;
      const kept = this.#piece.flags & PageFlag.Workingset;
      if ((this.#piece.flags & PageFlag.Dirty) !== 0) w.takeScannedDirty(pages);
      memory.pushFile(memory.lists[Lru.ActiveFile], w, pages, kept);
      memory.nonresidentAge += pages;
    }
  }

  #continue(progress: number): void {
    if (progress === Progress.Waiting) return;
    const { memory, timeline, costs, pressure } = this.#context;
    const pages = this.#allocator.got;
    if (progress === Progress.Failed) {
      memory.allocFails++;
      this.#failed = true;
    }
    if (pages === 0) return this.#rest();
    if (this.#doing === Doing.AllocatingForWrite) return this.#writeIn(pages);
    const refaulted = this.#readIn(pages);
    // Waiting for refaulted pages is a stall, waiting for first reads is not.
    this.#doing = Doing.Reading;
    pressure.set(this.#slot, refaulted > 0 ? Activity.StalledWaiting : Activity.Waiting, timeline.nowUs);
    const us = Math.ceil((pages * costs.fileReadNs) / 1000);
    if (refaulted > 0) this.refaultStallUs += us;
    const again = 2 * this.#remembered >= pages ? Wait.Reread : Wait.FileRead;
    this.#context.causes?.waits(this.#slot, refaulted > 0 ? Wait.Refault : again, timeline.nowUs, us, pages);
    timeline.at(this.#slot, timeline.nowUs + us + this.#hostWaitUs(pages));
  }

  /**
   * Adds written pages to the page cache, dirty. Their shadow entries are dropped: pages that are overwritten do not count
   * as refaults (mm/filemap.c `filemap_add_folio()`, __GFP_WRITE).
   */
  #writeIn(pages: Pages): void {
    const { memory, timeline, costs } = this.#context;
    const w = this.#pages;
    for (let left = pages; left > 0; ) {
      const remembered = w.fileShadows.take(left, this.#shadow);
      if (remembered === 0) break;
      left -= remembered;
    }
    memory.addFile(w, pages, memory.rules.writesActivate ? PageFlag.Referenced : 0);
    w.dirty += pages;
    this.#doing = Doing.Writing;
    timeline.after(this.#slot, pages * costs.allocNs + 1000 * this.#hostWaitUs(pages));
  }

  /**
   * Adds pages to the page cache, each read once; returns how many of them are activated and had been active before their
   * eviction.
   */
  #readIn(pages: Pages): Pages {
    const { memory } = this.#context;
    const w = this.#pages;
    let left = pages;
    let workingset = 0;
    this.#remembered = 0;
    while (left > 0) {
      const remembered = w.fileShadows.take(left, this.#shadow);
      this.#remembered += remembered;
      if (remembered === 0) {
        memory.addFile(w, left, PageFlag.Referenced);
        break;
      }
      const how = memory.refaulted(remembered, this.#shadow.age, this.#shadow.workingset, true);
      const restored = how === Refault.Restored;
      if (restored) workingset += remembered;
      const flags = PageFlag.Referenced | (restored ? PageFlag.Workingset : 0);
      memory.addFile(w, remembered, flags, how === Refault.Cold ? Lru.InactiveFile : Lru.ActiveFile);
      left -= remembered;
    }
    return workingset;
  }

  /** Makes the thread idle and schedules its next action. */
  #rest(): void {
    const { timeline, pressure } = this.#context;
    const now = timeline.nowUs;
    this.#doing = Doing.Nothing;
    this.#settledUs = now;
    this.#knowsOfEviction = this.#pages.file < this.#pages.fileSet;
    pressure.set(this.#slot, Activity.Idle, now);
    const next = this.#alive ? this.#nextLookUs() : Number.POSITIVE_INFINITY;
    timeline.at(this.#slot, this.#failed ? Math.min(next, now + RETRY_US) : next);
    this.#failed = false;
    if (this.dirtyRate > 0) this.#flusher.notice();
  }

  #nextLookUs(): number {
    const now = this.#context.timeline.nowUs;
    const w = this.#pages;
    const rate = Math.min(this.#read.soon(now), this.#context.backing?.cachedLimit(w) ?? Number.POSITIVE_INFINITY);
    const written = this.#write.soon(now);
    let next = this.#set.nextStepUs(now, this.#chunk);
    const missing = w.fileSet - w.file;
    if (missing > 0 && rate > 0) {
      const perSecond = (rate * missing) / w.fileSet;
      next = Math.min(next, now + waitForBatchUs(perSecond, this.#missCarry, this.#chunk));
    }
    if (missing > 0 && written > 0) {
      const perSecond = (written * missing) / w.fileSet;
      next = Math.min(next, now + waitForBatchUs(perSecond, this.#missedWrites, this.#chunk));
    }
    const accesses = this.#context.memory.rules.writesActivate ? rate + written : rate;
    if (accesses === 0) return next;
    const due = this.#context.memory.lru.nextReread(w.index, w.fileSet);
    const us = Math.ceil(((due - w.fileSweep) * 1e6) / accesses);
    return Math.min(next, now + Math.max(us, ACTIVATION_PERIOD_US));
  }
}
