import { exp, ln } from "./elementary.ts";
import type { Parameter } from "./types.ts";

/** How many values a parameter may take. */
export function valueCount({ kind, min, max, values }: Parameter): number {
  return kind === "list" ? values.length : max - min + 1;
}

/** The `i`-th value from below, 0 to `valueCount` less 1. */
export function valueAt({ kind, min, values }: Parameter, i: number): number {
  return kind === "list" ? (values[i] as number) : min + i;
}

export function isAllowed({ kind, min, max, values }: Parameter, value: number): boolean {
  return kind === "list" ? values.includes(value) : value >= min && value <= max && Number.isInteger(value);
}

/** The largest allowed value that is no more than `limit`; undefined where there is none. */
export function atMost({ kind, min, max, values }: Parameter, limit: number): number | undefined {
  if (kind === "list") return values.findLast((value) => value <= limit);
  return limit < min ? undefined : Math.min(limit, max);
}

/** The least allowed value that is no less than `limit`; undefined where there is none. */
export function atLeast({ kind, min, max, values }: Parameter, limit: number): number | undefined {
  if (kind === "list") return values.find((value) => value >= limit);
  return limit > max ? undefined : Math.max(limit, min);
}

/**
 * One parameter as a sampler sees it: the interval from 0 to 1, in which each value has a cell of its own: equal ones on a
 * linear scale and for a list, in proportion to ln((v + 1/2) / (v - 1/2)) on a logarithmic one. Where 0 is allowed, that is of v + 1.
 */
export class Axis {
  readonly parameter: Parameter;
  readonly count: number;
  readonly #isLogarithmic: boolean;
  readonly #shift: number;
  readonly #low: number;
  readonly #span: number;

  constructor(parameter: Parameter) {
    this.parameter = parameter;
    this.count = valueCount(parameter);
    this.#isLogarithmic = parameter.kind === "range" && parameter.scale === "logarithmic";
    this.#shift = parameter.min === 0 ? 1 : 0;
    this.#low = ln(parameter.min + this.#shift - 0.5);
    this.#span = ln(parameter.max + this.#shift + 0.5) - this.#low;
  }

  /** The value whose cell `unit` lies in; what lies outside of 0 to 1 belongs to the nearest end. */
  valueOf(unit: number): number {
    const { min, max } = this.parameter;
    if (!this.#isLogarithmic) {
      return valueAt(this.parameter, Math.max(0, Math.min(this.count - 1, Math.floor(unit * this.count))));
    }
    const value = Math.round(exp(this.#low + unit * this.#span)) - this.#shift;
    return Math.max(min, Math.min(max, value));
  }

  /** Where in its cell a value lies, in (0, 1): in the middle, or, on a logarithmic scale, where its logarithm is. */
  unitOf(value: number): number {
    if (this.#isLogarithmic) return (ln(value + this.#shift) - this.#low) / this.#span;
    return (this.#indexOf(value) + 0.5) / this.count;
  }

  /** The ends of a value's cell. */
  cellOf(value: number): readonly [low: number, high: number] {
    if (this.#isLogarithmic) {
      const shifted = value + this.#shift;
      return [(ln(shifted - 0.5) - this.#low) / this.#span, (ln(shifted + 0.5) - this.#low) / this.#span];
    }
    const index = this.#indexOf(value);
    return [index / this.count, (index + 1) / this.count];
  }

  /** The next allowed value above (1) or below (-1); where there is none, the one on the other side. */
  next(value: number, direction: 1 | -1): number {
    if (this.count === 1) return value;
    const index = this.#indexOf(value);
    const next = index + direction;
    return valueAt(this.parameter, next < 0 || next >= this.count ? index - direction : next);
  }

  #indexOf(value: number): number {
    const { kind, min, values } = this.parameter;
    return kind === "list" ? values.indexOf(value) : value - min;
  }
}
