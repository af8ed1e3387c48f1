import { keepsBounds, type ParamSpec, type Params } from "../../engine/index.ts";
import type { Tunable } from "./tunable.ts";

/** Maximum fraction of the gain that may be lost by the reversion of a constant to the reference's value. */
export const REVERT_TOLERANCE = 0.02;

/** A constant that differs from the reference. */
export interface NeededConstant {
  readonly param: ParamSpec;
  /**
   * The fraction of the gain that is lost with the reference's value: above `REVERT_TOLERANCE`; Infinity: the value
   * is not permitted.
   */
  readonly lost: number;
}

/** A change of the constants without the changes that its gain does not need. */
export interface Reverted {
  readonly rates: Params;
  /** Constants that again have the reference's value, in the order of the driver's parameters. */
  readonly reverted: readonly ParamSpec[];
  /** The other changed constants, in the same order. */
  readonly needed: readonly NeededConstant[];
}

/**
 * For each of some rates, the fraction of the gain that they lose: 0 none, 1 all of it, Infinity if they are not
 * permitted.
 */
export type LossOf = (rates: readonly Params[]) => Promise<readonly number[]>;

/**
 * Maximum number of rates that `revert` runs for a number of changed constants. Each round runs the rates without each single
 * change, and, if at least two of these lose nothing, the rates without all of those changes.
 */
export const runsToRevert = (changed: number): number => (changed * (changed + 1)) / 2 + Math.max(0, changed - 1);

/**
 * Reverts every constant that the gain does not need to the reference's value (backward elimination). Each round tries the
 * reference's value for each constant alone. If the constants that lose nothing lose nothing together either, all of them are
 * reverted; else the one with the smallest loss, of equals the first. The elimination ends when each remaining constant
 * loses more than `REVERT_TOLERANCE` of the gain of the tuned rates.
 * @param tuned the constants with the gain
 * @param lossOf executes the runs of several rates
 * @param onRound called before each round with the number of constants that are still changed
 */
export async function revert(
  { params }: Tunable,
  tuned: Params,
  reference: Params,
  lossOf: LossOf,
  onRound: (changed: number) => void = () => {},
): Promise<Reverted> {
  let rates = tuned;
  for (;;) {
    const options = params
      .filter(({ key }) => rates[key] !== reference[key])
      .map((param) => ({
        param,
        without: withReference(rates, reference, [param]),
      }));
    onRound(options.length);
    const valid = options.filter(({ without }) => keepsBounds(params, without));
    const losses = await lossOf(valid.map(({ without }) => without));
    const lostWithout = new Map(valid.map(({ param }, i) => [param, losses[i] as number]));
    const ranked = options
      .map(({ param, without }) => ({ param, without, lost: lostWithout.get(param) ?? Number.POSITIVE_INFINITY }))
      .sort((a, b) => (a.lost === b.lost ? 0 : a.lost - b.lost));

    const idle = ranked.filter(({ lost }) => lost <= 0).map(({ param }) => param);
    const together = withReference(rates, reference, idle);
    if (idle.length > 1 && keepsBounds(params, together) && ((await lossOf([together]))[0] as number) <= 0) {
      rates = together;
      continue;
    }
    const [least] = ranked;
    if (least === undefined || least.lost > REVERT_TOLERANCE) {
      const needed = options.map(({ param }) => ({
        param,
        lost: lostWithout.get(param) ?? Number.POSITIVE_INFINITY,
      }));
      const reverted = params.filter(({ key }) => tuned[key] !== reference[key] && rates[key] === reference[key]);
      return { rates, reverted, needed };
    }
    rates = least.without;
  }
}

/** The rates with the reference's values of some constants. */
const withReference = (rates: Params, reference: Params, params: readonly ParamSpec[]): Params => ({
  ...rates,
  ...Object.fromEntries(params.map(({ key }) => [key, reference[key] as number])),
});
