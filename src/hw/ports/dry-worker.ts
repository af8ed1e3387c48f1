import type { Pages, Percent } from "../../common/units.ts";
import { Status } from "../../engine/index.ts";
import type { Answered, NativeWorker, WorkerCounters } from "../native/addon.ts";

/** The machine's memory now, as far as the limits of allocations need it. */
export interface DryMemory {
  /** MemAvailable. */
  readonly available: Pages;
  /** Free pages above the low watermarks, summed over the zones. */
  readonly aboveLow: Pages;
  /** PSI full (avg10); null: the kernel has none. */
  readonly psiFull: Percent | null;
}

/** Counters of a dry run: those that would come from pages. */
type DryCounters = Pick<WorkerCounters, "floorHits" | "psiHits" | "watermarkHits" | "unreadableHits">;

/** Limits of the allocations of a dry run. */
interface DryLimits {
  readonly floorPages: Pages;
  readonly psiFullLimit: Percent;
}

/**
 * A worker that takes no pages: for a run that only says what it would have done. Commands to the host that name no page (START,
 * GUEST_ID, GET_TARGET) go through the real worker, whose balloon stays empty. Allocations are answered by the daemon's limits, as
 * if the pages that were allocated so far were missing from the memory that is available and free now; nothing is reclaimed
 * in their place. The host accepts each page.
 */
export class DryWorker implements NativeWorker {
  readonly #real: NativeWorker;
  readonly #memory: () => DryMemory | null;
  #limits: DryLimits;
  /** Pages that are allocated, in the balloon or not. */
  #taken: Pages = 0;
  readonly #hits: { -readonly [K in keyof DryCounters]: number } = {
    floorHits: 0,
    psiHits: 0,
    watermarkHits: 0,
    unreadableHits: 0,
  };

  /** @param memory reads the machine's memory; null: it can't be read */
  constructor(real: NativeWorker, limits: DryLimits, memory: () => DryMemory | null) {
    this.#real = real;
    this.#limits = limits;
    this.#memory = memory;
  }

  get pin(): NativeWorker["pin"] {
    return this.#real.pin;
  }

  get ioPermission(): NativeWorker["ioPermission"] {
    return this.#real.ioPermission;
  }

  totalPages(answered: Answered): void {
    this.#real.totalPages(answered);
  }

  start(wanted: number, answered: Answered): void {
    this.#real.start(wanted, answered);
  }

  guestId(type: number, answered: Answered): void {
    this.#real.guestId(type, answered);
  }

  getTarget(limit: Pages, answered: Answered): void {
    this.#real.getTarget(limit, answered);
  }

  allocate(count: Pages, canSleep: boolean, answered: Answered): void {
    const pages = Math.min(count, this.#permitted(canSleep));
    this.#taken += pages;
    answer(answered, pages, pages < count ? 1 : 0);
  }

  free(count: Pages, _custody: number, answered: Answered): void {
    this.#taken -= Math.min(count, this.#taken);
    answer(answered, count, 0);
  }

  lock(count: Pages, answered: Answered): void {
    answer(answered, count, Status.Success);
  }

  unlock(count: Pages, answered: Answered): void {
    answer(answered, count, Status.Success);
  }

  setLimits(floorPages: Pages, psiFullLimit: Percent): void {
    this.#limits = { floorPages, psiFullLimit };
  }

  counters(): WorkerCounters {
    return { ...this.#real.counters(), ...this.#hits };
  }

  release(answered: Answered): void {
    this.#taken = 0;
    answer(answered, 0, 0);
  }

  close(answered: Answered): void {
    this.#real.close(answered);
  }

  /** Number of pages that may be allocated now; if it is 0, counts the limit that prevented it. */
  #permitted(canSleep: boolean): Pages {
    const memory = this.#memory();
    const { floorPages, psiFullLimit } = this.#limits;
    if (memory === null) return this.#forbidden("unreadableHits");
    const { available, aboveLow, psiFull } = memory;
    if (canSleep && psiFull !== null && psiFull > psiFullLimit) return this.#forbidden("psiHits");
    const aboveFloor = available - this.#taken - floorPages;
    if (aboveFloor <= 0) return this.#forbidden("floorHits");
    if (canSleep) return aboveFloor;
    const withoutReclaim = aboveLow - this.#taken;
    return withoutReclaim > 0 ? Math.min(aboveFloor, withoutReclaim) : this.#forbidden("watermarkHits");
  }

  #forbidden(by: keyof DryCounters): 0 {
    this.#hits[by]++;
    return 0;
  }
}

/** Answers as the native worker does: later, on the event loop. */
function answer(answered: Answered, first: number, second: number): void {
  setImmediate(() => answered(null, first, second));
}
