import type { Ns, Pages } from "../../common/units.ts";
import type { VmSlots } from "../time/slots.ts";
import type { Pressure } from "./pressure.ts";
import type { Processors } from "./processors.ts";
import type { WorkloadPages } from "./workload-pages.ts";

/** What flushes of translations work with. */
export interface TranslationFlushesParts {
  readonly slots: VmSlots;
  readonly processors: Processors;
  readonly pressure: Pressure;
  /** Cost of one flush, for the reclaimer and for the task that it interrupts. */
  readonly flushNs: Ns;
}

/**
 * TLB flushes on other processors. A dirty page must not change while it is written to swap, so for each such page reclaim interrupts the
 * processors that the page's task runs on (mm/vmscan.c `shrink_folio_list()`, mm/rmap.c `try_to_unmap_flush_dirty()`). Reclaim does not
 * interrupt an idle processor (arch/x86/mm/tlb.c `tlb_is_not_lazy()`), nor its own.
 */
export class TranslationFlushes {
  readonly #parts: TranslationFlushesParts;

  constructor(parts: TranslationFlushesParts) {
    this.#parts = parts;
  }

  /** Flushes so many pages of a workload, and interrupts it. @returns the time that the reclaimer waits for it */
  flush(w: WorkloadPages, pages: Pages): Ns {
    const { slots, processors, flushNs } = this.#parts;
    if (flushNs === 0 || processors.cpus === 1) return 0;
    const anon = slots.ofAnon(w.index);
    const ns = pages * flushNs;
    if (!processors.isWorking(anon)) return ns * this.#partOfTime(anon, slots.ofFiles(w.index));
    processors.interrupt(anon, ns);
    return ns;
  }

  /** The part of the time, 0 to 1, for which a workload runs whose thread for anonymous memory has no event. */
  #partOfTime(anon: number, files: number): number {
    const { processors, pressure } = this.#parts;
    return processors.isWorking(files) ? 1 : Math.min(1, pressure.dutyOf(anon));
  }
}
