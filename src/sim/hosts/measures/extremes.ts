import type { Pages } from "../../../common/units.ts";
import { Report } from "../machine/exchange.ts";
import type { HostObserver, HostRunView } from "../machine/run-view.ts";
import type { HostScenario } from "../scenario/types.ts";

/** The extremes of a host's book, over all its changes: no row of the run lies beyond them. */
export class HostExtremes implements HostObserver {
  freeMin: Pages;
  consumedMax: Pages = 0;
  /** Of the sum over all VMs. */
  balloonMax: Pages = 0;
  swappedMax: Pages = 0;
  readonly #swapSize: Pages;

  constructor({ memory, swap }: Pick<HostScenario, "memory" | "swap">) {
    this.freeMin = memory;
    this.#swapSize = swap.size;
  }

  change({ memory, vms }: HostRunView): void {
    const { consumed } = memory;
    this.consumedMax = Math.max(this.consumedMax, consumed);
    this.freeMin = Math.min(this.freeMin, memory.total - memory.overhead - consumed);
    this.swappedMax = Math.max(this.swappedMax, memory.swapped);
    let balloons = 0;
    for (const { isOn, report } of vms) if (isOn) balloons += report[Report.Locked] as Pages;
    this.balloonMax = Math.max(this.balloonMax, balloons);
  }

  /** The host had neither memory nor swap left. */
  kill(): void {
    this.freeMin = 0;
    this.swappedMax = this.#swapSize;
  }
}
