import { type BalloonPolicy, keepsBounds, type ParamSpec, type Params } from "../../engine/index.ts";

/** Maximum fraction of the gain that may be lost when a constant is put back to the reference's value. */
export const PUT_BACK_TOLERANCE = 0.02;

/** A constant that differs from the reference. */
export interface NeededConstant {
  readonly param: ParamSpec;
  /**
   * The fraction of the gain that is lost with the reference's value: above `PUT_BACK_TOLERANCE`; Infinity: the value
   * is not permitted.
   */
  readonly lost: number;
}

/** A change of the constants without the changes that its gain does not need. */
export interface PutBack {
  readonly rates: Params;
  /** Constants put back to the reference's value, in the order of the driver's parameters. */
  readonly back: readonly ParamSpec[];
  /** The other changed constants, in the same order. */
  readonly needed: readonly NeededConstant[];
}

/**
 * For each of some rates, the fraction of the gain that they lose: 0 none, 1 all of it, Infinity if they are not
 * permitted.
 */
export type LossOf = (rates: readonly Params[]) => Promise<readonly number[]>;

/**
 * The largest number of rates that `putBack` runs while so many constants are changed: in each round, the rates without each
 * one of them, and the rates without those that lose nothing, of which there are at least two.
 */
export const runsToPutBack = (changed: number): number => (changed * (changed + 1)) / 2 + Math.max(0, changed - 1);

/**
 * Puts every constant that the gain does not need back to the reference's value (backward elimination). In each round,
 * each constant by itself is tried with the reference's value. Those that lose nothing are put back together, if
 * together they lose nothing; else the one with the smallest loss is put back, of equals the first. It ends when each
 * loses more than `PUT_BACK_TOLERANCE` of the gain of the tuned rates.
 * @param tuned the constants with the gain
 * @param lossOf executes the runs of several rates
 * @param onRound called before each round with the number of constants that are still changed
 */
export async function putBack(
  { params }: BalloonPolicy,
  tuned: Params,
  reference: Params,
  lossOf: LossOf,
  onRound: (changed: number) => void = () => {},
): Promise<PutBack> {
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
    if (least === undefined || least.lost > PUT_BACK_TOLERANCE) {
      const needed = options.map(({ param }) => ({
        param,
        lost: lostWithout.get(param) ?? Number.POSITIVE_INFINITY,
      }));
      const back = params.filter(({ key }) => tuned[key] !== reference[key] && rates[key] === reference[key]);
      return { rates, back, needed };
    }
    rates = least.without;
  }
}

/** The rates with the reference's values of some constants. */
const withReference = (rates: Params, reference: Params, params: readonly ParamSpec[]): Params => ({
  ...rates,
  ...Object.fromEntries(params.map(({ key }) => [key, reference[key] as number])),
});
