import { Capability, Command, Status, SUCCESS_WITH_CAPABILITIES } from "../../../src/engine/index.ts";
import type { Statistics } from "../../../src/engine/vmw-balloon/state.ts";
import type { BatchPage, BatchWorld } from "../worlds/batch-world.ts";

type Counter = keyof Statistics;

const COMMAND_COUNTERS: Readonly<Record<number, Counter>> = {
  [Command.Start]: "start",
  [Command.GetTarget]: "getTarget",
  [Command.Lock]: "lock",
  [Command.Unlock]: "unlock",
  [Command.GuestId]: "guestType",
  [Command.BatchedLock]: "batchLock",
  [Command.BatchedUnlock]: "batchUnlock",
  [Command.Batched2mLock]: "lock2m",
  [Command.Batched2mUnlock]: "unlock2m",
  [Command.DoorbellSet]: "doorbellSet",
};

/**
 * The driver once more, as its text describes it: lists of pages, one allocation at a time, every status looked at. The
 * machine is held against it. It asks the world for the same things in the same order, so both see the same answers.
 */
export class NaiveVmwBalloon {
  readonly counters: Record<string, number> = {};
  readonly small: BatchPage[] = [];
  readonly large: BatchPage[] = [];
  target = 0;
  capabilities = 0;
  resetRequired = true;
  readonly #world: BatchWorld;
  readonly #hasDoorbells: boolean;
  #batching = true;
  #batchMax = 0;
  #hasLarge = false;

  constructor(world: BatchWorld, hasDoorbells: boolean) {
    this.#world = world;
    this.#hasDoorbells = hasDoorbells;
  }

  get size(): number {
    return this.small.length + 512 * this.large.length;
  }

  work(): void {
    if (this.resetRequired) this.#reset();
    this.#count("timer");
    const limit = this.#world.totalPages;
    if (limit > 0xffff_ffff && !this.#has(Capability.Target64)) return;
    const [status, target] = this.#world.getTarget(limit);
    this.#answered(Command.GetTarget, status);
    if (status !== Status.Success) return;
    this.target = target;
    const change = this.#change();
    if (change > 0) this.#inflate();
    else if (change < 0) this.#deflate(true);
  }

  #has(capability: number): boolean {
    return (this.capabilities & capability) !== 0;
  }

  #count(name: string, by = 1): void {
    this.counters[name] = (this.counters[name] ?? 0) + by;
  }

  #answered(command: number, status: number): void {
    const name = COMMAND_COUNTERS[command] as string;
    this.#count(name);
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) this.#count(`${name}Fail`);
    if (status === Status.Reset) this.resetRequired = true;
  }

  #doorbell(isSet: number): number {
    const status = this.#world.plain(`doorbell ${isSet}`);
    this.#answered(Command.DoorbellSet, status);
    return status;
  }

  #reset(): void {
    this.#doorbell(0);
    while (this.size > 0) this.#deflate(false);
    const [status, capabilities] = this.#world.start(0x3e);
    this.#answered(Command.Start, status);
    if (status === SUCCESS_WITH_CAPABILITIES) this.capabilities = capabilities;
    else if (status === Status.Success) this.capabilities = Capability.Basic;
    else return;
    this.#hasLarge = this.#has(Capability.Batched) && this.#has(Capability.Batched2m);
    if (this.#has(Capability.Batched)) {
      this.#batching = true;
      this.#batchMax = 512;
    } else if (this.#has(Capability.Basic)) {
      this.#batching = false;
      this.#batchMax = 1;
    }
    this.#count("reset");
    this.resetRequired = false;
    if (this.#has(Capability.Doorbell)) {
      const isGiven = this.#hasDoorbells && this.#doorbell(1) === Status.Success;
      if (!isGiven) this.#doorbell(0);
    }
    this.#answered(Command.GuestId, this.#world.plain("guest 1"));
  }

  #change(): number {
    if (this.resetRequired) return 0;
    const surplus = this.size - this.target;
    if (surplus > 0 && this.target !== 0 && surplus < 512) return 0;
    return -surplus;
  }

  /** Sends the command for the pages; moves those that are refused to `refused`. True if the command succeeded. */
  #lock(pages: BatchPage[], refused: BatchPage[], isLarge: boolean, isLock: boolean): boolean {
    if (pages.length === 0) return true;
    let command: number = isLock ? Command.Lock : Command.Unlock;
    if (this.#batching && isLarge) command = isLock ? Command.Batched2mLock : Command.Batched2mUnlock;
    else if (this.#batching) command = isLock ? Command.BatchedLock : Command.BatchedUnlock;
    const { status, entries, target } = this.#world.transfer(command, pages);
    this.#answered(command, status);
    if (status === Status.Success) this.target = target;
    const all = pages.splice(0);
    all.forEach((page, i) => {
      const own = status === Status.Success ? (entries[i] as number) : status;
      if (own === Status.Success) pages.push(page);
      else {
        this.#count(isLarge ? "errAlloc2m" : "errAlloc4k");
        refused.push(page);
      }
    });
    return status === Status.Success;
  }

  #inflate(): void {
    let isLarge = this.#hasLarge;
    const split: BatchPage[] = [];
    const refused: BatchPage[] = [];
    for (;;) {
      const change = this.#change();
      if (change <= 0) break;
      const wanted = Math.min(this.#batchMax, Math.ceil(change / (isLarge ? 512 : 1)));
      const pages: BatchPage[] = [];
      let isShort = false;
      while (pages.length < wanted) {
        let page = split.pop() ?? null;
        if (page === null) {
          page = this.#world.allocate(isLarge);
          this.#count(isLarge ? "alloc2m" : "alloc4k");
        }
        if (page === null) {
          this.#count(isLarge ? "allocFail2m" : "allocFail4k");
          isShort = true;
          break;
        }
        pages.push(page);
      }
      if (!this.#lock(pages, refused, isLarge, true)) break;
      (isLarge ? this.large : this.small).push(...pages);
      if (!isShort && refused.length < 16) continue;
      if (!isLarge) break;
      for (const page of refused.splice(0)) split.push(...this.#world.split(page));
      isLarge = false;
    }
    if (refused.length > 0) this.#count(isLarge ? "errFree2m" : "errFree4k");
    for (const page of [...refused, ...split]) this.#world.free(page);
  }

  /** To the target, or without a word to the host: everything. */
  #deflate(isCoordinated: boolean): void {
    const goal = isCoordinated ? 0 : this.size;
    let tried = 0;
    let isLarge = false;
    if (!isCoordinated) this.#world.forget([...this.small, ...this.large]);
    for (;;) {
      const surplus = isCoordinated ? -this.#change() : goal - tried;
      if (surplus <= 0) return;
      const frames = isLarge ? 512 : 1;
      const wanted = Math.min(this.#batchMax, Math.ceil(surplus / frames));
      const from = isLarge ? this.large : this.small;
      const pages = from.splice(Math.max(0, from.length - wanted));
      tried += pages.length * frames;
      const refused: BatchPage[] = [];
      if (isCoordinated) this.#lock(pages, refused, isLarge, false);
      const isComplete = pages.length === wanted;
      this.#count(isLarge ? "free2m" : "free4k", pages.length);
      for (const page of pages) this.#world.free(page);
      from.push(...refused);
      if (isComplete) continue;
      if (isLarge === this.#hasLarge) return;
      isLarge = true;
    }
  }
}
