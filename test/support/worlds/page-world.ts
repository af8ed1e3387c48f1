import type { CycleScript, Refusal } from "../../../src/sim/conform/plan.ts";

/** What the world answers in a work cycle, page by page; more than a plan of the oracle can say. */
export interface WorldScript extends CycleScript {
  /** Each page whose number this divides has a frame number of more than 32 bits when it is offered (0: none). */
  readonly largeEvery: number;
  /** Each page whose number this divides has been moved to such a frame when it is taken back (0: none). */
  readonly movedEvery: number;
}

/** A page of the guest, known by its number. */
export type Page = number;

const LARGE_FRAME = 2 ** 32;

/**
 * A guest and its host as the driver sees them, one page and one command at a time. It hands out the page that was given
 * back last, so that a driver that takes or gives pages in another order is found out, and it keeps a log of all commands.
 */
export class PageWorld {
  /** Every command that the host got, with its argument. */
  readonly commands: string[] = [];
  /** Pages that are free again, the next one to be handed out last. */
  readonly free: Page[];
  #script: WorldScript;
  #nosleepLeft: number;
  #sleepLeft: number;
  #locks = 0;
  #unlocks = 0;

  /** @param pages how many there are; none is allocated when they are used up */
  constructor(script: WorldScript, pages: number) {
    this.free = Array.from({ length: pages }, (_, index) => pages - index);
    this.#script = script;
    this.#nosleepLeft = script.nosleepOk;
    this.#sleepLeft = script.sleepOk;
  }

  /** The answers of the cycle that begins now. */
  follow(script: WorldScript): void {
    this.#script = script;
    this.#nosleepLeft = script.nosleepOk;
    this.#sleepLeft = script.sleepOk;
    this.#locks = 0;
    this.#unlocks = 0;
  }

  totalPages(): number {
    return this.#script.totalPages;
  }

  /** A page, or none. */
  take(canSleep: boolean): Page | undefined {
    if (canSleep ? this.#sleepLeft-- <= 0 : this.#nosleepLeft-- <= 0) return undefined;
    return this.free.pop();
  }

  give(page: Page): void {
    this.free.push(page);
  }

  /** Frame number of a page that is to be locked. */
  frameToLock(page: Page): number {
    return frame(page, this.#script.largeEvery);
  }

  /** Frame number of a page that is to be unlocked. */
  frameToUnlock(page: Page): number {
    return frame(page, this.#script.movedEvery);
  }

  start(version: number): number {
    this.commands.push(`START ${version}`);
    return this.#script.start;
  }

  guestId(type: number): number {
    this.commands.push(`GUEST_ID ${type}`);
    return this.#script.guestId;
  }

  getTarget(limit: number): { status: number; target: number } {
    this.commands.push(`GET_TARGET ${limit}`);
    return { status: this.#script.targetStatus, target: this.#script.target };
  }

  lock(frame: number): number {
    this.commands.push(`LOCK ${frame}`);
    return statusAt(this.#script.lock, this.#locks++);
  }

  unlock(frame: number): number {
    this.commands.push(`UNLOCK ${frame}`);
    return statusAt(this.#script.unlock, this.#unlocks++);
  }
}

function frame(page: Page, largeEvery: number): number {
  return largeEvery > 0 && page % largeEvery === 0 ? LARGE_FRAME + page : page;
}

function statusAt(refusals: readonly Refusal[], command: number): number {
  return refusals.find(({ at }) => at === command)?.status ?? 0;
}
