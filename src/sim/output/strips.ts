/** What a run was like over time, in few numbers: for a picture of thousands of runs. */
import type { Us } from "../../common/units.ts";
import type { Observer, RunView } from "../view/types.ts";

/** The quantities of a strip: integrals over an interval, or counts in it. */
export const STRIP_QUANTITIES = ["stall_full", "stall_some", "swap", "distance", "size", "kills"] as const;

/** Name of a quantity. */
export type StripQuantity = (typeof STRIP_QUANTITIES)[number];

/**
 * A run in intervals of equal width. `stall_full` and `stall_some` are microseconds, `swap` pages written to swap and read
 * back, `kills` OOM kills; `size` and `distance`, between the balloon's size and its target, are pages times microseconds.
 */
export interface Strips {
  /** Width of an interval: 15/16 s times a power of two. */
  readonly widthUs: Us;
  /** Length of the run: the last interval may be cut off. */
  readonly endUs: Us;
  /** One value per interval. */
  readonly values: Readonly<Record<StripQuantity, Float64Array>>;
}

/** Maximum number of intervals of a run, a power of two. */
export const MOST_INTERVALS = 128;

/** Doubled six times it is a minute. */
const FIRST_WIDTH_US = 937_500;

/** Observes a run and collects its strips. An interval that is too short is doubled, so memory does not grow with the run. */
export class StripRecorder implements Observer {
  readonly #values = Object.fromEntries(
    STRIP_QUANTITIES.map((name) => [name, new Float64Array(MOST_INTERVALS)]),
  ) as Record<StripQuantity, Float64Array>;
  #widthUs = FIRST_WIDTH_US;
  #sinceUs = 0;
  #size: number | null = null;
  #target = 0;
  #full = 0;
  #some = 0;
  #swapped = 0;

  kill(view: RunView): void {
    this.#pass(view);
    // A longer run doubles the intervals, in the same arrays.
    const interval = this.#intervalOf(view.timeUs);
    (this.#values.kills[interval] as number)++;
  }

  target(view: RunView): void {
    this.#pass(view);
  }

  cycle(view: RunView): void {
    this.#pass(view);
  }

  sample(view: RunView): void {
    this.#pass(view);
  }

  end(view: RunView): void {
    this.#pass(view);
  }

  /** The run up to its last observation. */
  get strips(): Strips {
    const count = Math.max(1, Math.ceil(this.#sinceUs / this.#widthUs));
    const values = Object.fromEntries(STRIP_QUANTITIES.map((name) => [name, this.#values[name].slice(0, count)]));
    return { widthUs: this.#widthUs, endUs: this.#sinceUs, values: values as Strips["values"] };
  }

  /** Accounts for the time since the last observation, in which size and target were constant. */
  #pass({ timeUs, guest, balloon, host, trace }: RunView): void {
    const size = this.#size ?? trace.guest.balloon;
    const swapped = guest.swapOut + guest.swapIn;
    const us = timeUs - this.#sinceUs;
    if (us > 0) {
      this.#spread("stall_full", timeUs, guest.psiFullUs - this.#full);
      this.#spread("stall_some", timeUs, guest.psiSomeUs - this.#some);
      this.#spread("swap", timeUs, swapped - this.#swapped);
      this.#spread("size", timeUs, us * size);
      this.#spread("distance", timeUs, us * Math.abs((this.#size === null ? host.target : this.#target) - size));
      this.#sinceUs = timeUs;
      [this.#full, this.#some, this.#swapped] = [guest.psiFullUs, guest.psiSomeUs, swapped];
    }
    [this.#size, this.#target] = [balloon.size, host.target];
  }

  /** Adds an amount evenly to the time up to `toUs` since the last observation. */
  #spread(name: StripQuantity, toUs: Us, amount: number): void {
    if (amount === 0) return;
    const last = this.#intervalOf(toUs);
    const values = this.#values[name];
    const perUs = amount / (toUs - this.#sinceUs);
    for (let i = Math.floor(this.#sinceUs / this.#widthUs); i <= last; i++) {
      const from = Math.max(this.#sinceUs, i * this.#widthUs);
      const to = Math.min(toUs, (i + 1) * this.#widthUs);
      if (to > from) (values[i] as number) += perUs * (to - from);
    }
  }

  /** The interval of a time; the intervals are doubled until there is one. A time between two belongs to the earlier one. */
  #intervalOf(us: Us): number {
    for (;;) {
      const interval = Math.max(0, Math.ceil(us / this.#widthUs) - 1);
      if (interval < MOST_INTERVALS) return interval;
      for (const values of Object.values(this.#values)) mergePairs(values);
      this.#widthUs *= 2;
    }
  }
}

function mergePairs(values: Float64Array): void {
  for (let i = 0; i < values.length / 2; i++) values[i] = (values[2 * i] as number) + (values[2 * i + 1] as number);
  values.fill(0, values.length / 2);
}

/** The strips in wider intervals. @param widthUs of an interval: that of the strips times a power of two */
export function widened(strips: Strips, widthUs: Us): Strips {
  const factor = widthUs / strips.widthUs;
  if (factor === 1) return strips;
  const count = Math.ceil(strips.values.size.length / factor);
  const values = Object.fromEntries(
    STRIP_QUANTITIES.map((name) => {
      const wide = new Float64Array(count);
      strips.values[name].forEach((value, i) => {
        (wide[Math.floor(i / factor)] as number) += value;
      });
      return [name, wide];
    }),
  );
  return { ...strips, widthUs, values: values as Strips["values"] };
}
