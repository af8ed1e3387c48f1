import { targetRemark } from "../trace/target-remark.ts";
import type { Observer, RunView } from "../view/types.ts";

/** Observes the highest target of a run. */
export class TargetWatch implements Observer {
  #largestPages = 0;
  #memoryPages = 0;

  target(view: RunView): void {
    this.#see(view);
  }

  /** A target that moves along a straight line may be highest between two changes. */
  cycle(view: RunView): void {
    this.#see(view);
  }

  end(view: RunView): void {
    this.#see(view);
  }

  /** A remark about a target above the guest's RAM; null without such a target. */
  get remark(): string | null {
    return targetRemark(this.#memoryPages, this.#largestPages);
  }

  #see({ host, guest }: RunView): void {
    this.#memoryPages = guest.total;
    this.#largestPages = Math.max(this.#largestPages, host.target);
  }
}
