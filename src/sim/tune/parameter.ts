import { exp, ln } from "./elementary.ts";
import type { Parameter } from "./types.ts";

/** Number of values of a parameter. */
export function valueCount({ kind, min, max, values, perUnit = 1 }: Parameter): number {
  return kind === "list" ? values.length : Math.round((max - min) * perUnit) + 1;
}

/** The `i`-th value in ascending order, from 0. */
export function valueAt({ kind, min, values, perUnit = 1 }: Parameter, i: number): number {
  // Of whole numbers, so that 0.3 is 3 / 10 and not 0.1 + 2 * 0.1.
  return kind === "list" ? (values[i] as number) : (Math.round(min * perUnit) + i) / perUnit;
}

/** Whether a value is a whole multiple of 1 / `perUnit`. */
export const isMultiple = (value: number, perUnit = 1): boolean => Math.round(value * perUnit) / perUnit === value;

export function isAllowed({ kind, min, max, values, perUnit }: Parameter, value: number): boolean {
  return kind === "list" ? values.includes(value) : value >= min && value <= max && isMultiple(value, perUnit);
}

/** The largest valid value that is at most `limit`; undefined if there is none. */
export function atMost({ kind, min, max, values }: Parameter, limit: number): number | undefined {
  if (kind === "list") return values.findLast((value) => value <= limit);
  return limit < min ? undefined : Math.min(limit, max);
}

/** The smallest valid value that is at least `limit`; undefined if there is none. */
export function atLeast({ kind, min, max, values }: Parameter, limit: number): number | undefined {
  if (kind === "list") return values.find((value) => value >= limit);
  return limit > max ? undefined : Math.max(limit, min);
}

/**
 * A parameter's scale for samplers: the interval from 0 to 1, in which each value has a cell: of equal size on a linear
 * scale and for a list, in proportion to ln((v + 1/2) / (v - 1/2)) on a logarithmic scale (of v + 1 if 0 is a valid
 * value), where v counts multiples of the smallest difference of two values.
 */
export class Axis {
  readonly parameter: Parameter;
  readonly count: number;
  readonly #isLogarithmic: boolean;
  readonly #perUnit: number;
  readonly #shift: number;
  readonly #low: number;
  readonly #span: number;

  constructor(parameter: Parameter) {
    this.parameter = parameter;
    this.count = valueCount(parameter);
    this.#isLogarithmic = parameter.kind === "range" && parameter.scale === "logarithmic";
    this.#perUnit = parameter.perUnit ?? 1;
    this.#shift = parameter.min === 0 ? 1 : 0;
    this.#low = ln(this.#countOf(parameter.min) - 0.5);
    this.#span = ln(this.#countOf(parameter.max) + 0.5) - this.#low;
  }

  /** The value whose cell contains `unit`; coordinates outside of 0 to 1 belong to the nearest end. */
  valueOf(unit: number): number {
    const { min, max } = this.parameter;
    if (!this.#isLogarithmic) {
      return valueAt(this.parameter, Math.max(0, Math.min(this.count - 1, Math.floor(unit * this.count))));
    }
    const value = (Math.round(exp(this.#low + unit * this.#span)) - this.#shift) / this.#perUnit;
    return Math.max(min, Math.min(max, value));
  }

  /** The coordinate of a value in (0, 1): the middle of its cell, or, on a logarithmic scale, its logarithm. */
  unitOf(value: number): number {
    if (this.#isLogarithmic) return (ln(this.#countOf(value)) - this.#low) / this.#span;
    return (this.#indexOf(value) + 0.5) / this.count;
  }

  /** The ends of a value's cell. */
  cellOf(value: number): readonly [low: number, high: number] {
    if (this.#isLogarithmic) {
      const shifted = this.#countOf(value);
      return [(ln(shifted - 0.5) - this.#low) / this.#span, (ln(shifted + 0.5) - this.#low) / this.#span];
    }
    const index = this.#indexOf(value);
    return [index / this.count, (index + 1) / this.count];
  }

  /** The next valid value above (1) or below (-1); at an end, the one on the other side. */
  next(value: number, direction: 1 | -1): number {
    if (this.count === 1) return value;
    const index = this.#indexOf(value);
    const next = index + direction;
    return valueAt(this.parameter, next < 0 || next >= this.count ? index - direction : next);
  }

  /** What the logarithmic scale shows of a value: a number above 0. */
  #countOf(value: number): number {
    return (this.#perUnit === 1 ? value : Math.round(value * this.#perUnit)) + this.#shift;
  }

  #indexOf(value: number): number {
    const { kind, min, values } = this.parameter;
    if (kind === "list") return values.indexOf(value);
    return this.#perUnit === 1 ? value - min : Math.round((value - min) * this.#perUnit);
  }
}
