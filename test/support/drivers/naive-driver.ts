import { DriverFault, type EngineState, type Rates } from "../../../src/engine/index.ts";
import type { Page, PageWorld } from "../worlds/page-world.ts";

/**
 * The policy once more, page by page: the loops of the driver's text, one allocation and one command at a time, in the
 * driver's own order and with its own arithmetic, without a thought for cost. The engine is held against it.
 */
export class NaiveDriver {
  readonly state: Record<DriverKey, number>;
  /** Pages in the balloon, the newest first. */
  readonly pages: Page[] = [];
  readonly #world: PageWorld;
  #rates: Rates;
  #refusedPages: Page[] = [];

  constructor(rates: Rates, world: PageWorld) {
    this.#rates = rates;
    this.#world = world;
    this.state = Object.fromEntries(DRIVER_KEYS.map((key) => [key, 0])) as Record<DriverKey, number>;
    this.state.rateAlloc = rates.allocMax;
    this.state.rateFree = rates.freeMax;
  }

  /** Loads the driver; false if the host does not let it. */
  load(): boolean {
    return this.#sendStart() && this.#sendGuestId();
  }

  /** Other constants, to whose bounds the rates keep from now on. */
  setRates(rates: Rates): void {
    this.#rates = rates;
    const s = this.state;
    s.rateAlloc = Math.min(Math.max(s.rateAlloc, rates.allocMin), rates.allocMax);
    s.rateFree = Math.min(Math.max(s.rateFree, rates.freeMin), rates.freeMax);
  }

  /** A work cycle. */
  work(): void {
    const s = this.state;
    this.#count("timer");
    if (s.resetRequired === 1) {
      this.#pop();
      if (this.#sendStart()) {
        s.resetRequired = 0;
        this.#sendGuestId();
      }
    }
    if (s.slow > 0) s.slow--;
    const target = this.#sendGetTarget();
    if (target === undefined) return;
    s.target = target;
    if (s.size < target) this.#inflate();
    else if (s.size > target) this.#deflate();
  }

  exit(): void {
    this.#sendStart();
    this.#pop();
  }

  #count(counter: DriverKey): void {
    this.state[counter] = (this.state[counter] + 1) >>> 0;
  }

  /** Whether the host took a command that is no START; what it asks for by refusing is noted. */
  #accepted(status: number): boolean {
    if (status === 7) this.state.resetRequired = 1;
    return status === 0;
  }

  #sendStart(): boolean {
    this.#count("start");
    const ok = this.#world.start(2) === 0;
    if (!ok) this.#count("startFail");
    return ok;
  }

  #sendGuestId(): boolean {
    const ok = this.#accepted(this.#world.guestId(1));
    this.#count("guestType");
    if (!ok) this.#count("guestTypeFail");
    return ok;
  }

  #sendGetTarget(): number | undefined {
    const limit = this.#world.totalPages();
    if (limit > 0xffff_ffff) return undefined;
    this.#count("targetCount");
    const { status, target } = this.#world.getTarget(limit);
    if (this.#accepted(status)) return target >>> 0;
    this.#count("targetFail");
    return undefined;
  }

  /** Null if the page was locked, else the status that says why not: 0 where its frame number is too large to tell. */
  #sendLock(page: Page): number | null {
    const frame = this.#world.frameToLock(page);
    if (frame > 0xffff_ffff) return 0;
    this.#count("lock");
    const status = this.#world.lock(frame);
    if (this.#accepted(status)) return null;
    this.#count("lockFail");
    return status % 2 ** 32;
  }

  #sendUnlock(page: Page): boolean {
    const frame = this.#world.frameToUnlock(page);
    if (frame > 0xffff_ffff) return false;
    this.#count("unlock");
    if (this.#accepted(this.#world.unlock(frame))) return true;
    this.#count("unlockFail");
    return false;
  }

  #pop(): void {
    let sinceYield = 0;
    while (this.pages.length > 0) {
      this.#world.give(this.pages.shift() as Page);
      this.#count("free");
      this.state.size--;
      if (++sinceYield >= this.state.rateFree) {
        sinceYield = 0;
        this.state.yields++;
      }
    }
  }

  #reservePage(canSleep: boolean): "ok" | "no memory" | "host" {
    for (;;) {
      this.#count(canSleep ? "sleepAlloc" : "alloc");
      const page = this.#world.take(canSleep);
      if (page === undefined) {
        this.#count(canSleep ? "sleepAllocFail" : "allocFail");
        return "no memory";
      }
      const refusal = this.#sendLock(page);
      if (refusal === null) {
        this.pages.unshift(page);
        this.state.size++;
        return "ok";
      }
      this.#count("refusedAlloc");
      if (refusal === 7 || refusal === 6) {
        this.#world.give(page);
        return "host";
      }
      this.#refusedPages.unshift(page);
      if (this.#refusedPages.length >= this.#rates.maxRefused) return "host";
    }
  }

  #inflate(): void {
    const s = this.state;
    const rates = this.#rates;
    const goal = s.target - s.size;
    let rate = s.slow > 0 ? s.rateAlloc : rates.nosleepAllocMax;
    let allocations = 0;
    let canSleep = false;
    let result: "ok" | "no memory" | "host" = "ok";
    let i = 0;
    for (; i < goal; i++) {
      result = this.#reservePage(canSleep);
      if (result === "host") break;
      if (result === "no memory") {
        if (canSleep) {
          s.rateAlloc = Math.max(Math.floor(s.rateAlloc / 2), rates.allocMin);
          break;
        }
        s.slow = rates.slowCycles;
        if (i >= s.rateAlloc) break;
        canSleep = true;
        rate = s.rateAlloc;
      }
      if (++allocations > rates.yieldThreshold) {
        s.yields++;
        allocations = 0;
      }
      if (i >= rate) break;
    }
    if (result === "ok" && i >= s.rateAlloc) {
      if (s.rateAlloc === 0) throw new DriverFault("division by zero");
      const growth = Number((BigInt(Math.floor(i / s.rateAlloc)) * BigInt(rates.allocInc)) % 2n ** 32n);
      s.rateAlloc = Math.min((s.rateAlloc + growth) % 2 ** 32, rates.allocMax);
    }
    for (const page of this.#refusedPages.splice(0)) {
      this.#world.give(page);
      this.#count("refusedFree");
    }
  }

  #deflate(): void {
    const s = this.state;
    const rates = this.#rates;
    const goal = Math.min(s.size - s.target, s.rateFree);
    let i = 0;
    while (this.pages.length > 0) {
      const page = this.pages[0] as Page;
      if (!this.#sendUnlock(page)) {
        s.rateFree = Math.max(Math.floor(s.rateFree / 2), rates.freeMin);
        return;
      }
      this.pages.shift();
      this.#world.give(page);
      this.#count("free");
      s.size--;
      if (++i >= goal) break;
    }
    s.rateFree = Math.min((s.rateFree + rates.freeInc) % 2 ** 32, rates.freeMax);
  }
}

/** The driver's own state and its statistics: what two drivers are compared by. */
export const DRIVER_KEYS = [
  "size",
  "target",
  "rateAlloc",
  "rateFree",
  "slow",
  "resetRequired",
  "refused",
  "yields",
  "timer",
  "start",
  "startFail",
  "guestType",
  "guestTypeFail",
  "lock",
  "lockFail",
  "unlock",
  "unlockFail",
  "targetCount",
  "targetFail",
  "alloc",
  "allocFail",
  "sleepAlloc",
  "sleepAllocFail",
  "free",
  "refusedAlloc",
  "refusedFree",
] as const satisfies ReadonlyArray<keyof EngineState>;

type DriverKey = (typeof DRIVER_KEYS)[number];

/** Those parts of an engine's state that the driver has too. */
export function driverState(state: Readonly<EngineState>): Record<DriverKey, number> {
  return Object.fromEntries(DRIVER_KEYS.map((key) => [key, state[key]])) as Record<DriverKey, number>;
}
