import { checkAllocation, DriverFault } from "../checks.ts";
import { custodyOf, framesOf, PageSize } from "../page-size.ts";
import { Allocation, Custody, LARGE_PAGE_FRAMES } from "../ports.ts";
import { Command, Status } from "../protocol.ts";
import { KernelRequest } from "../requests.ts";
import type { Pages } from "../units.ts";
import type { Core } from "./core.ts";
import { Phase } from "./state.ts";
import { ALLOC, ALLOC_FAIL, ERR_FREE } from "./statistics.ts";

/**
 * An inflation: rounds of allocations and one command each, of pages of 2 MiB, then of 4 KiB. Refused pages are held until the
 * end; those of 2 MiB are split in between, and offered again in pieces.
 */
export class Inflation {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  begin(): number {
    const s = this.#core.state;
    s.pageSize = s.maxPageSize;
    s.refused = 0;
    s.split = 0;
    return this.#allocate();
  }

  /** `got` pages are allocated; `failed` is 1 if the next one was not to be had. */
  taken(got: number, failed: number): number {
    const s = this.#core.state;
    checkAllocation(got, failed, s.count);
    s[ALLOC[s.pageSize] as "alloc4k"] += got + failed;
    s[ALLOC_FAIL[s.pageSize] as "allocFail4k"] += failed;
    s.pages += got;
    s.isShort = failed;
    return failed === 1 ? this.#lock() : this.#take();
  }

  locked(status: number, refused: number, target: Pages): number {
    const core = this.#core;
    const s = core.state;
    const accepted = core.transferred(status, refused, target);
    s.refused += s.pages - accepted;
    const frames = accepted * framesOf(s.pageSize);
    if (s.pageSize === PageSize.Large) s.large += accepted;
    else s.small += accepted;
    s.locked += frames;
    return status === Status.Success ? this.#lockedRound() : this.#inflated();
  }

  /** The refused pages of 2 MiB are split. */
  split(): number {
    const s = this.#core.state;
    s.split = s.refused * LARGE_PAGE_FRAMES;
    s.refused = 0;
    s.pageSize = PageSize.Small;
    return this.#allocate();
  }

  /** The pages that are left over are freed. */
  restFreed(): number {
    const s = this.#core.state;
    s.returned += s.refused * framesOf(s.pageSize) + s.split;
    s.refused = 0;
    s.split = 0;
    return this.#core.end();
  }

  /** Begins a round: pages that are split already come first. */
  #allocate(): number {
    const core = this.#core;
    const s = core.state;
    const { change } = core;
    if (change <= 0) return this.#inflated();
    // A host that grants neither batches nor single commands leaves the driver without a size of its rounds.
    if (s.batchMax === 0) throw new DriverFault("inflate: rounds of no page, for ever");
    s.wanted = Math.min(s.batchMax, Math.ceil(change / framesOf(s.pageSize)));
    s.pages = s.pageSize === PageSize.Small ? Math.min(s.split, s.wanted) : 0;
    s.split -= s.pages;
    s.isShort = 0;
    return this.#take();
  }

  #take(): number {
    const s = this.#core.state;
    const missing = s.wanted - s.pages;
    if (missing === 0) return this.#lock();
    const way = s.pageSize === PageSize.Large ? Allocation.Large : Allocation.OneRound;
    return this.#core.ask(Phase.Take, KernelRequest.Take, missing, way);
  }

  #lock(): number {
    return this.#core.state.pages === 0 ? this.#lockedRound() : this.#core.transfer(Phase.Lock, Command.Lock);
  }

  /** Ends a round that the host has not refused as a whole. */
  #lockedRound(): number {
    const core = this.#core;
    const s = core.state;
    if (s.isShort === 0 && s.refused < core.params.maxRefused) return this.#allocate();
    if (s.pageSize === PageSize.Small) return this.#inflated();
    if (s.refused > 0) return core.ask(Phase.Split, KernelRequest.Split, s.refused, 0);
    s.pageSize = PageSize.Small;
    return this.#allocate();
  }

  /** Ends the inflation: frees the refused pages, and the split ones that were not offered. */
  #inflated(): number {
    const core = this.#core;
    const s = core.state;
    // The driver counts the event, not the pages.
    if (s.refused > 0) s[ERR_FREE[s.pageSize] as "errFree4k"]++;
    const rest = s.refused + s.split;
    if (rest === 0) return core.end();
    return core.ask(Phase.FreeRest, KernelRequest.Free, rest, custodyOf(Custody.Rest, s.pageSize));
  }
}
