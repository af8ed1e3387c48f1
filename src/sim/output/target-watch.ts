import { targetRemark } from "../trace/target-remark.ts";
import type { Observer, RunView } from "../view/types.ts";

/** Observes the most that the host asks for in a run. */
export class TargetWatch implements Observer {
  #largestPages = 0;
  #memoryPages = 0;

  target(view: RunView): void {
    this.#see(view);
  }

  /** Where the target moves in a straight line, it is at its highest between two changes. */
  cycle(view: RunView): void {
    this.#see(view);
  }

  end(view: RunView): void {
    this.#see(view);
  }

  /** What is to be said of a target above the guest's RAM; null where there was none. */
  get remark(): string | null {
    return targetRemark(this.#memoryPages, this.#largestPages);
  }

  #see({ host, guest }: RunView): void {
    this.#memoryPages = guest.total;
    this.#largestPages = Math.max(this.#largestPages, host.target);
  }
}
