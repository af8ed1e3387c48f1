/** The observers of a host's run, and when each takes its next sample. */
import type { Us } from "../../../common/units.ts";
import type { Decisions } from "../target-policy.ts";
import type { HostObserver, HostRunView, SampledObserver } from "./run-view.ts";

interface Watch {
  readonly observer: HostObserver;
  readonly everyUs: Us;
  /** Time of the next sample; Infinity: never. */
  nextUs: Us;
}

/** Tells observers what happens in a run. They have no influence on it. */
export class Watches {
  readonly #watches: readonly Watch[];

  constructor(observers: readonly SampledObserver[]) {
    this.#watches = observers.map(watch);
  }

  /** Whether one of them takes a sample before a time. */
  isDueBefore(us: Us): boolean {
    return this.#watches.some(({ nextUs }) => nextUs < us);
  }

  /**
   * All samples before a time until which nothing changes.
   * @param seek called before each sample with its time, which is that of the view then
   */
  sampleUntil(untilUs: Us, view: HostRunView, seek: (us: Us) => void): void {
    for (const each of this.#watches) {
      for (; each.nextUs < untilUs; each.nextUs += each.everyUs) {
        seek(each.nextUs);
        each.observer.sample?.(view);
      }
    }
  }

  change(view: HostRunView): void {
    for (const { observer } of this.#watches) observer.change?.(view);
  }

  decide(view: HostRunView, decisions: Decisions): void {
    for (const { observer } of this.#watches) observer.decide?.(view, decisions);
  }

  kill(view: HostRunView, vm: number): void {
    for (const { observer } of this.#watches) observer.kill?.(view, vm);
  }

  end(view: HostRunView): void {
    for (const { observer } of this.#watches) observer.end?.(view);
  }
}

function watch({ observer, everyUs = Number.POSITIVE_INFINITY }: SampledObserver): Watch {
  if (!(everyUs > 0)) throw new RangeError(`samples every ${everyUs} us`);
  return { observer, everyUs, nextUs: everyUs === Number.POSITIVE_INFINITY ? everyUs : 0 };
}
