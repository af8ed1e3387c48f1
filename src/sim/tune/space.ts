import type { Params } from "../../engine/index.ts";
import { Axis, atLeast, atMost, isAllowed, valueAt, valueCount } from "./parameter.ts";
import type { Tunable } from "./tunable.ts";
import type { Parameter, Point } from "./types.ts";

/** A parameter bounded by another one (`ParamSpec.atMost`). */
interface Bound {
  /** Indices of the two among the varying parameters; -1 for a parameter with a fixed value. */
  readonly low: number;
  readonly high: number;
  readonly fixedLow: number;
  readonly fixedHigh: number;
}

/** The candidates of a study: the varying constants with their values, and the fixed ones. */
export class Space {
  /** The driver that is tuned; of hosts their policy, too. */
  readonly policy: Tunable;
  readonly parameters: readonly Parameter[];
  /** All constants; the values of those that do not vary are used. */
  readonly base: Params;
  /** The reference rates. */
  readonly reference: Params;
  readonly axes: readonly Axis[];
  /** The bounds of which at least one side varies. */
  readonly #bounds: readonly Bound[];

  constructor(policy: Tunable, parameters: readonly Parameter[], base: Params, reference: Params) {
    this.policy = policy;
    this.parameters = parameters;
    this.base = base;
    this.reference = reference;
    this.axes = parameters.map((parameter) => new Axis(parameter));
    const index = (key: string) => parameters.findIndex((parameter) => parameter.key === key);
    this.#bounds = policy.params.flatMap(({ key, atMost }): Bound[] => {
      if (atMost === undefined) return [];
      const [low, high] = [index(key), index(atMost)];
      if (low < 0 && high < 0) return [];
      return [{ low, high, fixedLow: base[key] as number, fixedHigh: base[atMost] as number }];
    });
  }

  /** The reference's values of the parameters. */
  get referencePoint(): Point {
    return this.parameters.map(({ key }) => this.reference[key] as number);
  }

  /** Number of combinations of values, including those that a bound forbids. */
  get combinations(): number {
    return this.parameters.reduce((product, parameter) => product * valueCount(parameter), 1);
  }

  /** All constants of a candidate. */
  ratesOf(point: Point): Params {
    const rates: Record<string, number> = { ...this.base };
    this.parameters.forEach(({ key }, i) => {
      rates[key] = point[i] as number;
    });
    return rates;
  }

  /** Whether a point is a candidate: valid values, and no minimum above its maximum. */
  isValid(point: Point): boolean {
    return (
      point.length === this.parameters.length &&
      this.parameters.every((parameter, i) => isAllowed(parameter, point[i] as number)) &&
      this.#keepsBounds(point)
    );
  }

  /**
   * The candidate whose cells contain the coordinates, each from 0 to 1; repaired if a minimum is above its maximum.
   */
  pointOf(units: ArrayLike<number>): Point {
    return this.repair(this.axes.map((axis, i) => axis.valueOf(units[i] as number)));
  }

  /**
   * The point itself if it is a candidate. Else, if both vary and may take each other's value, its minimum and its
   * maximum are exchanged; or the minimum is lowered to the maximum, or the nearest valid value; or the maximum is
   * raised.
   */
  repair(point: Point): Point {
    if (this.#keepsBounds(point)) return point;
    const repaired = [...point];
    for (const { low, high, fixedLow, fixedHigh } of this.#bounds) {
      const min = low < 0 ? undefined : (this.parameters[low] as Parameter);
      const max = high < 0 ? undefined : (this.parameters[high] as Parameter);
      const a = low < 0 ? fixedLow : (point[low] as number);
      const b = high < 0 ? fixedHigh : (point[high] as number);
      if (a <= b) continue;
      if (min !== undefined && max !== undefined && isAllowed(min, b) && isAllowed(max, a)) {
        repaired[low] = b;
        repaired[high] = a;
        continue;
      }
      const lowered = min === undefined ? undefined : atMost(min, b);
      if (lowered !== undefined) repaired[low] = lowered;
      else {
        // There is at least one candidate, so there is one with the smallest minimum.
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
      if (this.#keepsBounds(point)) yield point;
      let i = digits.length - 1;
      for (; i >= 0; i--) {
        digits[i] = (digits[i] as number) + 1;
        if ((digits[i] as number) < (counts[i] as number)) break;
        digits[i] = 0;
      }
      if (i < 0) return;
    }
  }

  #keepsBounds(point: Point): boolean {
    return this.#bounds.every(
      ({ low, high, fixedLow, fixedHigh }) =>
        (low < 0 ? fixedLow : (point[low] as number)) <= (high < 0 ? fixedHigh : (point[high] as number)),
    );
  }
}
