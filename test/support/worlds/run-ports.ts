import {
  Custody,
  FRAME_TOO_LARGE,
  type Hypervisor,
  type PageAllocator,
  type Reply,
} from "../../../src/engine/index.ts";
import type { Page, PageWorld } from "./page-world.ts";

/** How a reply is delivered: at once, or kept for later. */
export type Deliver = (answer: () => void) => void;

/**
 * The ports of the engine over a world of single pages: what is asked for in runs is done page by page. It knows each
 * page's whereabouts and does not put up with a request that is about pages which are not there.
 */
export class RunPorts implements PageAllocator, Hypervisor {
  /** Pages in the balloon, the newest last. */
  readonly balloon: Page[] = [];
  /** Most pages of each answer to `allocate`, over and over. */
  pieces: readonly number[] = [Number.POSITIVE_INFINITY];
  /** Most pages that a call to lock or unlock offers; fewer than asked and status 0 is what the native worker answers. */
  offers = Number.POSITIVE_INFINITY;
  readonly #world: PageWorld;
  readonly #deliver: Deliver;
  #piece = 0;
  /** Pages allocated and not offered yet, the oldest first. */
  readonly #spare: Page[] = [];
  /** Pages refused by the host, the oldest first. */
  readonly #refused: Page[] = [];
  /** Pages taken back from the host, in that order. */
  readonly #unlocked: Page[] = [];

  constructor(world: PageWorld, deliver: Deliver = (answer) => answer()) {
    this.#world = world;
    this.#deliver = deliver;
  }

  totalPages(reply: Reply): void {
    this.#answer(reply, this.#world.totalPages(), 0);
  }

  allocate(count: number, canSleep: boolean, reply: Reply): void {
    expectThat(count >= 1, "a run of at least a page");
    expectThat(this.#spare.length === 0, "no pages left over that were not offered");
    const most = Math.min(count, this.pieces[this.#piece++ % this.pieces.length] as number);
    while (this.#spare.length < most) {
      const page = this.#world.take(canSleep);
      if (page === undefined) {
        this.#answer(reply, this.#spare.length, 1);
        return;
      }
      this.#spare.push(page);
    }
    this.#answer(reply, most, 0);
  }

  free(count: number, custody: number, reply: Reply): void {
    this.freeSome(count, custody, Number.POSITIVE_INFINITY);
    this.#answer(reply, 0, 0);
  }

  /** Frees at most so many of the `count` pages of a custody; returns how many. */
  freeSome(count: number, custody: number, most: number): number {
    expectThat(count >= 1, "pages to be freed");
    if (custody === Custody.Balloon) {
      expectThat(count === this.balloon.length, "all pages of the balloon");
      return this.#giveBack(takeNewest(this.balloon, most));
    }
    if (custody === Custody.Unlocked) {
      expectThat(count === this.#unlocked.length, "all pages taken back");
      return this.#giveBack(this.#unlocked.splice(0, most));
    }
    expectThat(custody === Custody.Rest, "a custody");
    expectThat(count === this.#refused.length + this.#spare.length, "all pages that are left");
    // First what the driver would not have allocated at all, so that it is as if it had not been.
    const spare = this.#giveBack(takeNewest(this.#spare, most));
    return spare + this.#giveBack(takeNewest(this.#refused, most - spare));
  }

  /** Frees at most so many pages of any custody; returns how many are held still. */
  release(most: number): number {
    let room = most;
    const lists = [this.#spare, this.#refused, this.#unlocked, this.balloon];
    for (const list of lists) room -= this.#giveBack(takeNewest(list, room));
    return lists.reduce((held, list) => held + list.length, 0);
  }

  start(version: number, reply: Reply): void {
    this.#answer(reply, this.#world.start(version), 0);
  }

  guestId(type: number, reply: Reply): void {
    this.#answer(reply, this.#world.guestId(type), 0);
  }

  getTarget(limit: number, reply: Reply): void {
    const { status, target } = this.#world.getTarget(limit);
    this.#answer(reply, status, target);
  }

  lock(count: number, reply: Reply): void {
    expectThat(count === this.#spare.length, "all pages not offered yet");
    const most = Math.min(count, this.offers);
    for (let accepted = 0; accepted < most; accepted++) {
      const page = this.#spare.shift() as Page;
      const status = command(this.#world.frameToLock(page), (frame) => this.#world.lock(frame));
      if (status !== 0) {
        this.#refused.push(page);
        this.#answer(reply, accepted, status);
        return;
      }
      this.balloon.push(page);
    }
    this.#answer(reply, most, 0);
  }

  unlock(count: number, reply: Reply): void {
    expectThat(count >= 1 && count <= this.balloon.length, "a part of the balloon");
    const most = Math.min(count, this.offers);
    for (let released = 0; released < most; released++) {
      const page = this.balloon.at(-1) as Page;
      const status = command(this.#world.frameToUnlock(page), (frame) => this.#world.unlock(frame));
      if (status !== 0) {
        this.#answer(reply, released, status);
        return;
      }
      this.balloon.pop();
      this.#unlocked.push(page);
    }
    this.#answer(reply, most, 0);
  }

  #giveBack(pages: readonly Page[]): number {
    for (const page of pages) this.#world.give(page);
    return pages.length;
  }

  #answer(reply: Reply, first: number, second: number): void {
    this.#deliver(() => reply(first, second));
  }
}

/** The last pages of a list, the newest first, which are no longer in it. */
const takeNewest = (list: Page[], most: number): Page[] => list.splice(Math.max(0, list.length - most)).reverse();

function command(frame: number, send: (frame: number) => number): number {
  return frame > 0xffff_ffff ? FRAME_TOO_LARGE : send(frame);
}

function expectThat(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the engine asked for something else than ${what}`);
}
