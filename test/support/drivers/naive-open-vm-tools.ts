import { Capability, Command, GuestCrash, Status, SUCCESS_WITH_CAPABILITIES } from "../../../src/engine/index.ts";
import type { OpenVmToolsParams } from "../../../src/engine/open-vm-tools/params.ts";
import type { BatchPage, BatchWorld } from "../worlds/batch-world.ts";

const U32 = 2 ** 32;

/** What START asks for, and what GUEST_ID says, by the parameter `system`. */
const WANTED = [0x06, 0x02, 0x0e];
const GUEST = [2, 5, 1];

/** The pages of one size, and the refused ones that a cycle keeps. */
interface Stock {
  readonly isLarge: boolean;
  readonly pages: BatchPage[];
  readonly kept: BatchPage[];
}

/**
 * The driver of open-vm-tools once more, a page at a time, with lists in place of numbers. The machine is held against it.
 * It asks the world for the same things in the same order, so both see the same answers.
 */
export class NaiveOpenVmTools {
  readonly counters: Record<string, number> = {};
  readonly small: Stock = { isLarge: false, pages: [], kept: [] };
  readonly large: Stock = { isLarge: true, pages: [], kept: [] };
  counted = 0;
  target = 0;
  capabilities = 0;
  resetRequired = true;
  rateAlloc: number;
  rateFree: number;
  slow = 0;
  readonly #world: BatchWorld;
  readonly #params: OpenVmToolsParams;
  #speaks: "nothing" | "pages" | "batches" = "nothing";
  #hasPaper = false;
  #room = 0;

  constructor(world: BatchWorld, params: OpenVmToolsParams) {
    this.#world = world;
    this.#params = params;
    this.rateAlloc = params.allocMax;
    this.rateFree = params.freeMax;
  }

  work(): void {
    this.#add("timer");
    if (this.resetRequired) this.#reset();
    const ram = this.#world.totalPages;
    const [status, target] = this.#world.getTarget(this.#has(Capability.Target64) ? ram : ram % U32);
    this.#heard("target", status, "targetCount");
    this.slow = Math.max(0, this.slow - 1);
    if (status !== Status.Success) return;
    this.target = this.#fitting(target);
    if (this.counted < this.target) return this.#inflate();
    if (this.target > 0 && this.counted - this.target < 512) return;
    this.#deflate(this.small);
    this.#deflate(this.large);
  }

  #has(capability: number): boolean {
    return (this.capabilities & capability) !== 0;
  }

  #fitting(target: number): number {
    return this.#has(Capability.Target64) ? target : Math.min(target, U32 - 1);
  }

  #add(name: string, by = 1): void {
    this.counters[name] = (this.counters[name] ?? 0) + by;
  }

  #heard(name: string, status: number, counter = name): void {
    this.#add(counter);
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) this.#add(`${name}Fail`);
    if (status === Status.Reset) this.resetRequired = true;
  }

  #reset(): void {
    this.#world.forget([...this.small.pages, ...this.large.pages]);
    for (const { pages, isLarge } of [this.small, this.large]) {
      for (const page of pages.splice(0)) {
        this.#world.free(page);
        this.#add(isLarge ? "largeFree" : "free");
        this.counted--;
      }
    }
    this.#hasPaper = false;
    const [status, capabilities] = this.#world.start(WANTED[this.#params.system] as number);
    this.#heard("start", status);
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) return;
    this.capabilities = status === Status.Success ? Capability.Basic : capabilities;
    if (this.#has(Capability.Batched)) {
      this.#speaks = "batches";
      this.#hasPaper = true;
      this.#room = this.#params.batchPages;
    } else if (this.#has(Capability.Basic)) {
      this.#speaks = "pages";
      this.#room = 1;
    }
    this.resetRequired = false;
    this.#heard("guestType", this.#world.plain(`guest ${GUEST[this.#params.system]}`));
  }

  /** Sends a command for pages. Returns the status, the new target of a success, and each page's own status. */
  #tell(isLock: boolean, pages: readonly BatchPage[], isLarge: boolean) {
    let command: number = isLock ? Command.Lock : Command.Unlock;
    if (this.#speaks === "batches" && isLarge) command = isLock ? Command.Batched2mLock : Command.Batched2mUnlock;
    else if (this.#speaks === "batches") command = isLock ? Command.BatchedLock : Command.BatchedUnlock;
    const answer = this.#world.transfer(command, pages);
    const name = isLock ? "ock" : "nlock";
    this.#heard(isLarge ? `large${isLock ? "L" : "U"}${name}` : `${isLock ? "l" : "u"}${name}`, answer.status);
    return { ...answer, isGood: answer.status === Status.Success, target: this.#fitting(answer.target) };
  }

  /** Offers pages to the host; empties the list. */
  #lock(offered: BatchPage[], stock: Stock) {
    const pages = offered.splice(0);
    const { isLarge } = stock;
    const answer = this.#tell(true, pages, isLarge);
    pages.forEach((page, i) => {
      const own = answer.isGood ? (answer.entries[i] as number) : answer.status;
      if (own === Status.Success) {
        stock.pages.push(page);
        this.counted += isLarge ? 512 : 1;
        return;
      }
      const isToBeKept =
        this.#speaks === "batches"
          ? answer.isGood && (own === Status.PpnInvalid || own === Status.PpnPinned)
          : own !== Status.Reset && own !== Status.PpnNotNeeded;
      if (isToBeKept && stock.kept.length < this.#params.errorPages) {
        stock.kept.push(page);
        this.#add(isLarge ? "largeRefusedAlloc" : "refusedAlloc");
      } else this.#world.free(page);
    });
    return answer;
  }

  #inflate(): void {
    const { nosleepAllocMax, allocMin, allocMax, allocInc, slowCycles } = this.#params;
    let goal = this.target;
    let kind: "largeAlloc" | "alloc" | "sleepAlloc" = this.#has(Capability.Batched2m) ? "largeAlloc" : "alloc";
    let most = this.slow > 0 ? this.rateAlloc : nosleepAllocMax;
    let taken = 0;
    let wentWell = true;
    const batch: BatchPage[] = [];
    const isLarge = () => kind === "largeAlloc";
    const stock = () => (isLarge() ? this.large : this.small);
    const isMissing = () => this.counted < goal && batch.length * (isLarge() ? 512 : 1) < goal - this.counted;
    const offer = () => {
      const answer = this.#lock(batch, stock());
      wentWell = answer.isGood;
      if (answer.isGood) goal = answer.target;
    };
    while (isMissing()) {
      this.#add(kind);
      const page = this.#world.allocate(isLarge(), kind === "sleepAlloc");
      if (page !== null) {
        taken++;
        const isMute = this.#speaks === "nothing" || (this.#speaks === "batches" && !this.#hasPaper);
        if (isMute || (isLarge() && this.#speaks === "pages")) throw new GuestCrash("crash");
        batch.push(page);
        if (batch.length === this.#room) {
          offer();
          if (!wentWell) break;
        }
        if (taken >= most) break;
        continue;
      }
      this.#add(`${kind}Fail`);
      wentWell = false;
      if (kind === "sleepAlloc") {
        this.rateAlloc = Math.max(Math.floor(this.rateAlloc / 2), allocMin);
        break;
      }
      if (kind === "largeAlloc") {
        if (batch.length > 0) offer();
        kind = "alloc";
      } else {
        this.slow = slowCycles;
        most = this.rateAlloc;
        kind = "sleepAlloc";
      }
      if (taken >= this.rateAlloc) break;
    }
    if (batch.length > 0) this.#lock(batch, stock());
    if (wentWell && taken >= this.rateAlloc) {
      const times = BigInt(Math.floor(taken / this.rateAlloc));
      const grown = Number(BigInt.asUintN(32, BigInt(this.rateAlloc) + times * BigInt(allocInc)));
      this.rateAlloc = Math.min(grown, allocMax);
    }
    for (const { kept, isLarge: areLarge } of [this.small, this.large]) {
      for (const page of kept.splice(0)) {
        this.#world.free(page);
        this.#add(areLarge ? "largeRefusedFree" : "refusedFree");
      }
    }
  }

  #deflate({ pages, isLarge }: Stock): void {
    const { freeMin, freeMax, freeInc } = this.#params;
    if (pages.length === 0) return;
    let goal = this.target;
    let taken = 0;
    let wentWell = true;
    const batch: BatchPage[] = [];
    const offer = () => {
      const own = batch.splice(0);
      const answer = this.#tell(false, own, isLarge);
      own.forEach((page, i) => {
        if (!answer.isGood || answer.entries[i] !== Status.Success) pages.push(page);
        else {
          this.#world.free(page);
          this.#add(isLarge ? "largeFree" : "free");
          this.counted -= isLarge ? 512 : 1;
        }
      });
      return answer;
    };
    // Pages are counted against frames, as the text does it.
    while (pages.length > 0 && this.counted > goal && batch.length < this.counted - goal) {
      batch.push(pages.pop() as BatchPage);
      taken++;
      if (batch.length === this.#room) {
        const answer = offer();
        wentWell = answer.isGood;
        if (!wentWell) break;
        goal = answer.target;
      }
      if (taken >= this.rateFree) break;
    }
    if (batch.length > 0) offer();
    this.rateFree = wentWell
      ? Math.min(this.rateFree + freeInc, freeMax)
      : Math.max(Math.floor(this.rateFree / 2), freeMin);
  }
}
