import {
  Allocation,
  type BatchHypervisor,
  Command,
  Custody,
  type KernelAllocator,
  type KernelClock,
  type LongReply,
  type Reply,
  Status,
} from "../../../src/engine/index.ts";
import type { BatchPage, BatchWorld } from "./batch-world.ts";

/** Pages of one size, by where they are; the last ones are the newest. */
interface Stacks {
  spare: BatchPage[];
  balloon: BatchPage[];
  unlocked: BatchPage[];
  refused: BatchPage[];
}

const stacks = (): Stacks => ({ spare: [], balloon: [], unlocked: [], refused: [] });
const isLock = (command: number): boolean =>
  command === Command.Lock || command === Command.BatchedLock || command === Command.Batched2mLock;

/** The ports of a kernel's driver over a world of pages; it does not put up with requests for pages that are not there. */
export class BatchPorts implements KernelAllocator, BatchHypervisor {
  readonly small = stacks();
  readonly large = stacks();
  /** Most pages of each answer to `take`, over and over. */
  pieces: readonly number[] = [Number.POSITIVE_INFINITY];
  /** How answers are delivered: at once, or kept for later. */
  deliver: (answer: () => void) => void = (answer) => answer();
  /** Requests for allocations: `4k 512`, `2M 3`, and `sleep 5` of those that may sleep. */
  readonly asked: string[] = [];
  /** The name of allocations with one round of reclaim there. */
  roundName = "4k";
  readonly #world: BatchWorld;
  #piece = 0;

  constructor(world: BatchWorld) {
    this.#world = world;
  }

  /** Frames in the balloon. */
  get size(): number {
    return this.small.balloon.length + 512 * this.large.balloon.length;
  }

  totalPages(reply: Reply): void {
    this.#give(reply, this.#world.totalPages, 0);
  }

  allocate(count: number, canSleep: boolean, reply: Reply): void {
    this.asked.push(`${canSleep ? "sleep" : "4k"} ${count}`);
    this.#run(count, false, canSleep, reply);
  }

  take(way: number, count: number, reply: Reply): void {
    const isLarge = way === Allocation.Large;
    this.asked.push(`${isLarge ? "2M" : this.roundName} ${count}`);
    this.#run(count, isLarge, !isLarge, reply);
  }

  #run(count: number, isLarge: boolean, canSleep: boolean, reply: Reply): void {
    expectThat(count >= 1, "a run of at least a page");
    const most = Math.min(count, this.pieces[this.#piece++ % this.pieces.length] as number);
    const { spare } = isLarge ? this.large : this.small;
    for (let got = 0; got < most; got++) {
      const page = this.#world.allocate(isLarge, canSleep);
      if (page === null) return this.#give(reply, got, 1);
      spare.push(page);
    }
    this.#give(reply, most, 0);
  }

  split(count: number, reply: Reply): void {
    expectThat(count === this.large.refused.length, "all refused pages of 2 MiB");
    for (const page of this.large.refused.splice(0)) this.small.spare.push(...this.#world.split(page));
    this.#give(reply, 0, 0);
  }

  free(count: number, custody: number, reply: Reply): void {
    expectThat(count >= 1, "pages to be freed");
    const isLarge = (custody & Custody.Large) !== 0;
    const own = isLarge ? this.large : this.small;
    const group = custody & ~Custody.Large;
    if (group === Custody.Rest) {
      expectThat(count === own.spare.length + own.refused.length, "all pages that are left");
      for (const page of [...own.spare.splice(0), ...own.refused.splice(0)]) this.#world.free(page);
    } else {
      const from = group === Custody.Balloon ? own.balloon : group === Custody.Refused ? own.refused : own.unlocked;
      if (group === Custody.Balloon) {
        expectThat(count === from.length, "the whole balloon");
        this.#world.forget([...this.small.balloon, ...this.large.balloon]);
      }
      for (const page of newest(from, count)) this.#world.free(page);
    }
    this.#give(reply, 0, 0);
  }

  start(wanted: number, reply: Reply): void {
    const [status, capabilities] = this.#world.start(wanted);
    this.#give(reply, status, capabilities);
  }

  guestId(type: number, reply: Reply): void {
    this.#give(reply, this.#world.plain(`guest ${type}`), 0);
  }

  getTarget(limit: number, reply: Reply): void {
    const [status, target] = this.#world.getTarget(limit);
    this.#give(reply, status, target);
  }

  setDoorbell(isSet: number, reply: Reply): void {
    this.#give(reply, this.#world.plain(`doorbell ${isSet}`), 0);
  }

  lock(): void {
    throw new Error("not a command of this driver");
  }

  unlock(): void {
    throw new Error("not a command of this driver");
  }

  transfer(command: number, count: number, reply: LongReply): void {
    expectThat(count >= 1 && count <= (command <= Command.Unlock ? 1 : 512), "a batch of 1 to 512 pages");
    const own = command === Command.Batched2mLock || command === Command.Batched2mUnlock ? this.large : this.small;
    const pages = newest(isLock(command) ? own.spare : own.balloon, count);
    const { status, entries, target } = this.#world.transfer(command, pages);
    const accepted = pages.filter((_, i) => status === Status.Success && entries[i] === Status.Success);
    const refused = pages.filter((page) => !accepted.includes(page));
    const isUnfit = (entry: number) => entry === Status.PpnInvalid || entry === Status.PpnPinned;
    const unfit = status === Status.Success ? entries.filter(isUnfit).length : 0;
    if (isLock(command)) {
      own.balloon.push(...accepted);
      own.refused.push(...refused);
    } else {
      own.unlocked.push(...accepted);
      own.balloon.push(...refused);
    }
    this.deliver(() => reply(status, refused.length, unfit, target));
  }

  #give(reply: Reply, first: number, second: number): void {
    this.deliver(() => reply(first, second));
  }
}

/** Time that moves when it is told to, and one wake-up. */
export class OneTimer implements KernelClock {
  readonly hz = 250;
  /** The tick of the wake-up; `now` for one that is due at once; null: there is none. */
  due: number | "now" | null = null;
  #ticks = 1000;
  #wake: () => void = () => {};

  ticks(): number {
    return this.#ticks;
  }

  wakeAt(tick: number, wake: () => void): void {
    this.due = tick;
    this.#wake = wake;
  }

  wakeExactlyAt(tick: number, wake: () => void): void {
    this.wakeAt(tick, wake);
  }

  wakeNow(wake: () => void): void {
    this.due = "now";
    this.#wake = wake;
  }

  sleep(): void {
    throw new Error("this driver does not sleep");
  }

  pass(ticks: number): void {
    this.#ticks += ticks;
  }

  /** Lets time go on to the wake-up. */
  next(): void {
    if (this.due === null) throw new Error("no timer is pending");
    if (this.due !== "now") this.#ticks = Math.max(this.#ticks, this.due);
    this.due = null;
    this.#wake();
  }
}

/** The last pages of a list, which are no longer in it. */
function newest(list: BatchPage[], count: number): BatchPage[] {
  expectThat(count <= list.length, `${count} pages of a list of ${list.length}`);
  return list.splice(list.length - count);
}

function expectThat(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the driver asked for something else than ${what}`);
}
