import type { Rates } from "../../engine/index.ts";
import { Axis, atLeast, atMost, isAllowed, valueAt, valueCount } from "./parameter.ts";
import type { Parameter, Point } from "./types.ts";

/** Constants of which the first may not be more than the second. */
export const PAIRS: readonly (readonly [keyof Rates, keyof Rates])[] = [
  ["allocMin", "allocMax"],
  ["freeMin", "freeMax"],
];

/** The candidates of a study: which constants may move, where to, and what the others are. */
export class Space {
  readonly parameters: readonly Parameter[];
  /** All constants; those that do not move are used as they are here. */
  readonly base: Rates;
  /** The rates that candidates are compared with. */
  readonly reference: Rates;
  readonly axes: readonly Axis[];
  /** For each pair of constants of which at least one moves, their indices among the parameters; -1: does not move. */
  readonly #pairs: readonly {
    readonly low: number;
    readonly high: number;
    readonly keys: readonly [keyof Rates, keyof Rates];
  }[];

  constructor(parameters: readonly Parameter[], base: Rates, reference: Rates) {
    this.parameters = parameters;
    this.base = base;
    this.reference = reference;
    this.axes = parameters.map((parameter) => new Axis(parameter));
    const index = (key: keyof Rates) => parameters.findIndex((parameter) => parameter.key === key);
    this.#pairs = PAIRS.map((keys) => ({ low: index(keys[0]), high: index(keys[1]), keys })).filter(
      ({ low, high }) => low >= 0 || high >= 0,
    );
  }

  /** The reference's values of the parameters. */
  get referencePoint(): Point {
    return this.parameters.map(({ key }) => this.reference[key]);
  }

  /** How many combinations of values there are, including those that a constraint forbids. */
  get combinations(): number {
    return this.parameters.reduce((product, parameter) => product * valueCount(parameter), 1);
  }

  /** All constants of a candidate. */
  ratesOf(point: Point): Rates {
    const rates: { -readonly [K in keyof Rates]: number } = { ...this.base };
    this.parameters.forEach(({ key }, i) => {
      rates[key] = point[i] as number;
    });
    return rates;
  }

  /** Whether a point is a candidate: allowed values, and no minimum above its maximum. */
  isValid(point: Point): boolean {
    return (
      point.length === this.parameters.length &&
      this.parameters.every((parameter, i) => isAllowed(parameter, point[i] as number)) &&
      this.#keepsPairs(point)
    );
  }

  /** The candidate in whose cells the coordinates lie, each from 0 to 1, repaired where a minimum is above its maximum. */
  pointOf(units: ArrayLike<number>): Point {
    return this.repair(this.axes.map((axis, i) => axis.valueOf(units[i] as number)));
  }

  /**
   * The point itself where it is a candidate. Else its minimum and its maximum change places, if both move and may; or the
   * minimum comes down to the maximum, as near as it may; or the maximum goes up.
   */
  repair(point: Point): Point {
    if (this.#keepsPairs(point)) return point;
    const repaired = [...point];
    for (const { low, high, keys } of this.#pairs) {
      const min = low < 0 ? undefined : (this.parameters[low] as Parameter);
      const max = high < 0 ? undefined : (this.parameters[high] as Parameter);
      const a = low < 0 ? this.base[keys[0]] : (point[low] as number);
      const b = high < 0 ? this.base[keys[1]] : (point[high] as number);
      if (a <= b) continue;
      if (min !== undefined && max !== undefined && isAllowed(min, b) && isAllowed(max, a)) {
        repaired[low] = b;
        repaired[high] = a;
        continue;
      }
      const lowered = min === undefined ? undefined : atMost(min, b);
      if (lowered !== undefined) repaired[low] = lowered;
      else {
        // There is a candidate at all, so one with the least minimum.
        if (min !== undefined) repaired[low] = min.min;
        repaired[high] = atLeast(max as Parameter, min === undefined ? a : min.min) as number;
      }
    }
    return repaired;
  }

  /** All candidates; the last parameter varies fastest. */
  *grid(): Generator<Point> {
    const counts = this.parameters.map(valueCount);
    const digits = counts.map(() => 0);
    for (;;) {
      const point = this.parameters.map((parameter, i) => valueAt(parameter, digits[i] as number));
      if (this.#keepsPairs(point)) yield point;
      let i = digits.length - 1;
      for (; i >= 0; i--) {
        digits[i] = (digits[i] as number) + 1;
        if ((digits[i] as number) < (counts[i] as number)) break;
        digits[i] = 0;
      }
      if (i < 0) return;
    }
  }

  #keepsPairs(point: Point): boolean {
    return this.#pairs.every(
      ({ low, high, keys }) =>
        (low < 0 ? this.base[keys[0]] : (point[low] as number)) <=
        (high < 0 ? this.base[keys[1]] : (point[high] as number)),
    );
  }
}
