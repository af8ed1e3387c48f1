import type { Pages, Us } from "../../common/units.ts";
import type { Sample } from "./sample.ts";

/** Some consecutive samples, which are replayed together. */
export interface ShadowWindow {
  /** At least two; the last one of a window is the first one of the next, if nothing lies between them. */
  readonly samples: readonly Sample[];
  /** Whether the driver was at its target, which did not change: no driver has anything to do in such a window. */
  readonly isIdle: boolean;
}

/** The lengths of windows. */
export interface WindowLengths {
  /** A window ends when it is as long and the balloon is at rest. */
  readonly usualUs: Us;
  /** A window ends at this length in any case. */
  readonly mostUs: Us;
  /** Shorter windows are not replayed. */
  readonly leastUs: Us;
  /** Time between two samples above which something lies between them: the machine slept, or samples are missing. */
  readonly gapUs: Us;
}

/** A balloon as near to its target as this is at rest: drivers with pages of 2 MiB leave nearly one of them. */
export const AT_REST: Pages = 512;

/**
 * Cuts samples into windows. Only the samples of the present window are kept. A window ends when the balloon is at rest, so
 * that the next one begins with a state that does not depend on the driver; and at each event that no driver survives: a
 * gap, a driver that was unloaded, memory or swap that was added or removed.
 */
export class WindowCutter {
  readonly #lengths: WindowLengths;
  readonly #slack: Pages;
  #samples: Sample[] = [];

  /** @param slack surplus with which the real driver is at rest, in pages */
  constructor(lengths: WindowLengths, slack: Pages) {
    this.#lengths = lengths;
    this.#slack = Math.max(AT_REST, slack);
  }

  /**
   * Takes the next sample; null: nothing could be read.
   * @returns the window that it ends; null if it ends none, or a too short one
   */
  add(sample: Sample | null): ShadowWindow | null {
    const last = this.#samples.at(-1);
    if (sample === null) return this.end();
    if (last !== undefined && !follows(last, sample, this.#lengths.gapUs)) {
      const ended = this.end();
      this.#samples = [sample];
      return ended;
    }
    this.#samples.push(sample);
    const lengthUs = sample.timeUs - (this.#samples[0] as Sample).timeUs;
    const isOver = lengthUs >= (this.#isAtRest(sample) ? this.#lengths.usualUs : this.#lengths.mostUs);
    if (!isOver) return null;
    const ended = this.end();
    this.#samples = [sample];
    return ended;
  }

  /** Ends the present window. Null: it is too short. */
  end(): ShadowWindow | null {
    const samples = this.#samples;
    this.#samples = [];
    const [first] = samples;
    const last = samples.at(-1);
    if (first === undefined || last === undefined || last.timeUs - first.timeUs < this.#lengths.leastUs) return null;
    const isIdle = samples.every((each) => each.target === first.target && each.size === first.size);
    return { samples, isIdle: isIdle && this.#isAtRest(first) };
  }

  #isAtRest({ size, target }: Sample): boolean {
    return Math.abs(size - target) <= (target === 0 ? 0 : this.#slack);
  }
}

/** Whether a sample continues a window. */
function follows(last: Sample, next: Sample, gapUs: Us): boolean {
  const counts = (["swapOut", "swapIn", "someUs", "fullUs", "oomKills"] as const).every((field) => {
    const [before, after] = [last[field], next[field]];
    return before === null ? after === null : after !== null && after >= before;
  });
  const isSame = last.memory === next.memory && last.swapTotal === next.swapTotal;
  const stepUs = next.timeUs - last.timeUs;
  return counts && isSame && stepUs > 0 && stepUs <= gapUs;
}
