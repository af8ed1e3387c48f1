import type { Us } from "../../../common/units.ts";
import type { Machine, Sample } from "../reader.ts";

/** The sums of one window, by machine. */
interface Window {
  readonly startUs: number;
  /** Machines in the order of their appearance in the window. */
  readonly machines: Machine[];
  readonly sums: Float64Array[];
}

/**
 * Computes means over windows of the same length from the usage of tasks, machine by machine. It stores only the
 * windows that are not complete yet, so its size depends on the number of machines and not on the length of the log.
 */
export class MachineWindows {
  readonly #widthUs: number;
  readonly #columns: number;
  /** Incomplete windows by start, ascending. */
  #open: Window[] = [];
  /** Complete windows, and the index of the next machine of the first one. */
  #complete: Window[] = [];
  #next = 0;
  #lastStartUs = 0;
  readonly #places = new Map<Window, Map<Machine, Float64Array>>();

  constructor(widthUs: number, columns: number) {
    this.#widthUs = widthUs;
    this.#columns = columns;
  }

  /** Whether a sample can be taken. */
  get hasComplete(): boolean {
    return this.#complete.length > 0;
  }

  /** Whether a row with this start is in order; stores the start. */
  isAfterLast(startUs: number): boolean {
    if (startUs < this.#lastStartUs) return false;
    this.#lastStartUs = startUs;
    return true;
  }

  /** Adds a task's usage from `startUs` to `endUs`; NaN adds nothing. */
  add(machine: Machine, startUs: number, endUs: number, values: Float64Array): void {
    for (let fromUs = startUs; fromUs < endUs; ) {
      const windowUs = Math.floor(fromUs / this.#widthUs) * this.#widthUs;
      const untilUs = Math.min(endUs, windowUs + this.#widthUs);
      const sums = this.#sumsOf(windowUs, machine);
      const part = (untilUs - fromUs) / this.#widthUs;
      for (let i = 0; i < this.#columns; i++) {
        const value = values[i] as number;
        if (Number.isNaN(value)) continue;
        const sum = sums[i] as number;
        sums[i] = (Number.isNaN(sum) ? 0 : sum) + value * part;
      }
      fromUs = untilUs;
    }
  }

  /** Marks windows that end at or before that time as complete. */
  completeBefore(us: Us): void {
    while (this.#open[0] !== undefined && this.#open[0].startUs + this.#widthUs <= us) {
      this.#complete.push(this.#open.shift() as Window);
    }
  }

  /** Writes the next machine's mean of a complete window; false if there is none. */
  take(sample: Sample): boolean {
    const [window] = this.#complete;
    if (window === undefined) return false;
    sample.begin(window.machines[this.#next] as Machine, window.startUs);
    sample.values.set(window.sums[this.#next] as Float64Array);
    this.#next++;
    if (this.#next === window.machines.length) {
      this.#complete.shift();
      this.#places.delete(window);
      this.#next = 0;
    }
    return true;
  }

  #sumsOf(startUs: number, machine: Machine): Float64Array {
    let window = this.#open.find((each) => each.startUs === startUs);
    if (window === undefined) {
      window = { startUs, machines: [], sums: [] };
      this.#open.push(window);
      this.#open.sort((a, b) => a.startUs - b.startUs);
      this.#places.set(window, new Map());
    }
    const places = this.#places.get(window) as Map<Machine, Float64Array>;
    let sums = places.get(machine);
    if (sums === undefined) {
      // Unknown until a row has a value.
      sums = new Float64Array(this.#columns).fill(Number.NaN);
      places.set(machine, sums);
      window.machines.push(machine);
      window.sums.push(sums);
    }
    return sums;
  }
}
