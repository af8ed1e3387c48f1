import type { Ns, Pages, Us } from "../../../common/units.ts";
import { LARGE_PAGE_FRAMES } from "../../../engine/index.ts";
import type { HostScenario } from "../scenario/types.ts";
import { split } from "./split.ts";
import { LEASE } from "./vm-book.ts";

/** Time after which the contention for the swap's device is determined anew, whatever the quantum is. */
const CONTENTION_US: Us = 100_000;
/**
 * Part of the way to what a look would have it that it moves: waits of hundreds of pages are paid at once, so single looks see
 * too much or too little.
 */
const CONTENTION_STEP = 0.2;
/** Less than this is none. */
const CONTENTION_NONE = 1.01;

/** Pages of one VM in the host's memory. */
export interface VmMemory {
  isOn: boolean;
  backed: Pages;
  swapped: Pages;
  /** Memory beside that of the guest. */
  overhead: Pages;
  /** Pages that were backed for it since it was met the time before. */
  growth: Pages;
  /** Pages that the host still has to swap because its policy said so. */
  debt: Pages;
  /** Pages that the VM has to swap when it is met next. */
  swapOut: Pages;
}

/**
 * The host's memory and its swap: who has how much, who may have more, who loses some.
 *
 *     memory = reserved + overhead of VMs + consumed by VMs + free
 */
export class HostMemory {
  readonly total: Pages;
  readonly vms: readonly VmMemory[];
  /** Whether VMs are backed with pages of 2 MiB now. */
  #isLarge: boolean;
  readonly #reserved: Pages;
  readonly #swapTotal: Pages;
  readonly #readNs: Ns;
  readonly #writeNs: Ns;
  /** How many times as long as alone an access to the swap's device takes now, because others wait for it, too. */
  #contention = 1;
  /** What the device has had to do since its contention was determined, in nanoseconds of its time, and how long ago that is. */
  #busyNs: Ns = 0;
  #busyUs: Us = 0;
  /** Pages written to the host's swap so far, and read from it. */
  written: Pages = 0;
  read: Pages = 0;

  constructor({ memory, reserved, swap, largePages, vms }: HostScenario) {
    this.total = memory;
    this.#isLarge = largePages;
    this.#reserved = reserved;
    this.#swapTotal = swap.size;
    this.#readNs = swap.readNs;
    this.#writeNs = swap.writeNs;
    this.vms = vms.map(({ overhead }) => ({
      isOn: false,
      backed: 0,
      swapped: 0,
      overhead,
      growth: 0,
      debt: 0,
      swapOut: 0,
    }));
  }

  /** Memory of the host that a VM consumes, without its overhead. */
  consumedBy({ backed }: VmMemory): Pages {
    return this.#isLarge ? Math.ceil(backed / LARGE_PAGE_FRAMES) * LARGE_PAGE_FRAMES : backed;
  }

  /** Backs VMs with pages of 2 MiB from now on, if there is room for whole ones, or breaks them up. */
  useLargePages(wanted: boolean): void {
    this.#isLarge = wanted;
    if (this.free < 0) this.#isLarge = false;
  }

  get consumed(): Pages {
    return this.vms.reduce((sum, vm) => sum + this.consumedBy(vm), 0);
  }

  get swapped(): Pages {
    return this.vms.reduce((sum, { swapped }) => sum + swapped, 0);
  }

  /** What the host needs beside the memory of guests. */
  get overhead(): Pages {
    return this.vms.reduce((sum, { isOn, overhead }) => sum + (isOn ? overhead : 0), this.#reserved);
  }

  /** Free memory; negative between a meeting and `fit`. */
  get free(): Pages {
    return this.total - this.overhead - this.consumed;
  }

  get swapFree(): Pages {
    return this.#swapTotal - this.swapped;
  }

  /** Whether nothing is to be swapped, and nothing waits for the swap's device. */
  get isQuiet(): boolean {
    return this.#contention === 1 && this.vms.every(({ debt, swapOut }) => debt === 0 && swapOut <= LEASE);
  }

  /** How many times as long as alone an access to the swap's device takes now. */
  get contention(): number {
    return this.#contention;
  }

  get readNs(): Ns {
    return this.#readNs * this.#contention;
  }

  get writeNs(): Ns {
    return this.#writeNs * this.#contention;
  }

  /**
   * Shares out the free memory among VMs that run at the same time: first twice as much as each has taken in the time before,
   * or a part of that in proportion; the rest evenly. So no page is granted twice.
   * @param kept pages that are granted to no one
   * @returns how much more each of them may consume
   */
  grants(vms: readonly number[], kept: Pages): Pages[] {
    const free = Math.max(0, this.free - kept);
    const wanted = vms.map((vm) => 2 * Math.max(0, this.#of(vm).growth));
    const sum = wanted.reduce((all, pages) => all + pages, 0);
    const part = sum > free ? free / sum : 1;
    const even = Math.floor(Math.max(0, free - sum) / Math.max(1, vms.length));
    return wanted.map((pages) => even + Math.floor(pages * part));
  }

  /**
   * Notes how much the swap's device had to do in a time: if that was more than it can do, accesses take longer from then on, so
   * that each of n threads which only wait for it gets an n-th of its time.
   */
  noteDevice(read: Pages, written: Pages, us: Us): void {
    this.read += read;
    this.#busyNs += read * this.#readNs + written * this.#writeNs;
    this.#busyUs += us;
    if (this.#busyUs < CONTENTION_US) return;
    const next = Math.max(1, (this.#contention * this.#busyNs) / (this.#busyUs * 1000));
    this.#contention += CONTENTION_STEP * (next - this.#contention);
    // By steps alone it would come near 1 and never end.
    if (next === 1 && this.#contention < CONTENTION_NONE) this.#contention = 1;
    this.#busyNs = 0;
    this.#busyUs = 0;
  }

  /** What the device has had to do at time 0 was done long ago. */
  begin(): void {
    this.#busyNs = 0;
    this.written = 0;
  }

  /**
   * Makes room: swaps what does not fit, and what the policy wants to be swapped.
   * @param paid pages for the writes of which VMs have waited already
   * @param us time until the VMs meet again, in which the device writes for the policy
   * @returns pages that do not fit into the swap, either
   */
  fit(paid: Pages, us: Us): Pages {
    let missing = -this.free;
    if (missing <= 0 && this.vms.every(({ debt }) => debt === 0)) {
      return 0;
    }
    if (missing > 0 && this.#isLarge) {
      this.#isLarge = false;
      missing = -this.free;
    }
    const byDebt = this.#swapByDebt(us, Math.max(0, missing));
    const forced = Math.max(0, -this.free);
    const some = Math.min(forced, Math.max(0, this.swapFree));
    this.#swap(
      split(
        some,
        this.vms.map(({ backed }) => backed),
      ),
    );
    const own = Math.max(0, byDebt + some - paid);
    this.#busyNs += own * this.#writeNs;
    return forced - some;
  }

  /** Swaps for the policy: at most what the device writes in a time, or what is missing if that is more. */
  #swapByDebt(us: Us, missing: Pages): Pages {
    const debts = this.vms.map(({ debt, backed }) => Math.min(debt, backed));
    const most = Math.max(missing, Math.floor((us * 1000) / this.writeNs));
    const parts = split(Math.min(most, Math.max(0, this.swapFree)), debts);
    this.#swap(parts);
    return parts.reduce((sum, part) => sum + part, 0);
  }

  #swap(parts: readonly Pages[]): void {
    this.vms.forEach((vm, index) => {
      const pages = parts[index] as Pages;
      this.written += pages;
      vm.backed -= pages;
      vm.swapped += pages;
      vm.swapOut += pages;
      vm.debt = Math.max(0, vm.debt - pages);
    });
  }

  /** @throws {Error} if the book can't be true */
  check(): void {
    const { free } = this;
    if (free < 0 || this.swapFree < 0) {
      throw new Error(`the host's book is wrong: ${free} pages are free, ${this.swapFree} of its swap`);
    }
    for (const { backed, swapped } of this.vms) {
      if (backed < 0 || swapped < 0) throw new Error(`the host's book is wrong: ${backed} backed, ${swapped} swapped`);
    }
  }

  #of(vm: number): VmMemory {
    return this.vms[vm] as VmMemory;
  }
}
