import type { Pages } from "../../../common/units.ts";
import type { GuestMemory } from "../../guest/memory.ts";

/** Sweeps of a workload at the beginning of a period, over its working set and over its files. */
interface Sweeps {
  hot: number;
  files: number;
}

/** The pages of a guest that its workloads touch in a period, each counted once: what page sampling estimates. */
export class TouchedPages {
  readonly #memory: GuestMemory;
  readonly #sweeps: readonly Sweeps[];

  /** Begins a period. */
  constructor(memory: GuestMemory) {
    this.#memory = memory;
    this.#sweeps = memory.workloads.map(() => ({ hot: 0, files: 0 }));
    this.begin();
  }

  /** Begins a new period. The guest is settled. */
  begin(): void {
    this.#memory.workloads.forEach(({ sweep, fileSweep }, index) => {
      Object.assign(this.#sweeps[index] as Sweeps, { hot: sweep, files: fileSweep });
    });
  }

  /** Pages touched since the period began. The guest is settled. */
  get pages(): Pages {
    let pages = 0;
    this.#memory.workloads.forEach((w, index) => {
      const { hot, files } = this.#sweeps[index] as Sweeps;
      // A sweep accesses its pages in order: none twice before all others.
      pages += Math.min(w.hot, w.sweep - hot) + Math.min(w.file, w.fileSweep - files);
    });
    return Math.round(pages);
  }
}
