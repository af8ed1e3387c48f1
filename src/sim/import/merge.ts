import { InputError } from "../../common/errors.ts";
import { placeText } from "../../common/text-lines.ts";
import type { DuplicatePolicy } from "./plan.ts";
import type { Machine, Sample, SourceEvent } from "./reader.ts";

/** The merged samples of one machine at one time. */
export class MergedSample {
  atUs = Number.NaN;
  isOff = false;
  readonly values: Float64Array;
  readonly events: SourceEvent[] = [];
  readonly #policy: DuplicatePolicy;
  readonly #machine: Machine;
  /** Number of samples with a known value, for each column: for their mean. */
  readonly #known: Int32Array;

  constructor(machine: Machine, policy: DuplicatePolicy) {
    this.#machine = machine;
    this.#policy = policy;
    this.values = new Float64Array(machine.columns.length);
    this.#known = new Int32Array(machine.columns.length);
  }

  /** Starts with the first sample of a time. */
  take(sample: Sample): void {
    this.atUs = sample.atUs;
    this.events.length = 0;
    this.events.push(...sample.events);
    this.#replace(sample);
  }

  /** Adds another sample of the same time. */
  add(sample: Sample): void {
    if (this.#policy === "error") {
      throw new InputError(
        `${placeText(sample.place)}: a second sample of ${this.#machine.id} at the same time (select a value with --duplicates mean, first or last)`,
      );
    }
    this.events.push(...sample.events);
    if (this.#policy === "first") return;
    // A sample of a machine that is off has no values for a mean.
    if (this.#policy === "last" || (this.isOff && !sample.isOff)) this.#replace(sample);
    else if (!sample.isOff || this.isOff) this.#mean(sample);
  }

  #replace({ isOff, values }: Sample): void {
    this.isOff = isOff;
    for (let i = 0; i < this.values.length; i++) {
      const value = values[i] as number;
      this.values[i] = value;
      this.#known[i] = Number.isNaN(value) ? 0 : 1;
    }
  }

  #mean({ values }: Sample): void {
    for (let i = 0; i < this.values.length; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      const count = this.#known[i] as number;
      this.values[i] = count === 0 ? value : ((this.values[i] as number) * count + value) / (count + 1);
      this.#known[i] = count + 1;
    }
  }
}
