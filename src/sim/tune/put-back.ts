import { type BalloonPolicy, keepsBounds, type ParamSpec, type Params } from "../../engine/index.ts";

/** How much of what a change of the constants gains may be lost when a part of it is left out. */
export const PUT_BACK_TOLERANCE = 0.02;

/** A constant that differs from the reference. */
export interface NeededConstant {
  readonly param: ParamSpec;
  /** The part of the gain that is lost with the reference's value: above `PUT_BACK_TOLERANCE`; Infinity: it must not have it. */
  readonly lost: number;
}

/** A change of the constants without the parts that its gain does not need. */
export interface PutBack {
  readonly rates: Params;
  /** Constants that have the reference's value again, in the order of the driver's parameters. */
  readonly back: readonly ParamSpec[];
  /** The others that were changed, in the same order. */
  readonly needed: readonly NeededConstant[];
}

/** For each of some rates, the part of the gain that they lose: 0 none, 1 all of it, Infinity where they must not be taken. */
export type LossOf = (rates: readonly Params[]) => Promise<readonly number[]>;

/**
 * How many rates `putBack` looks at, at most, while so many constants are changed: in each round each of them without one
 * constant, and those together that lose nothing, of which there are two at least.
 */
export const runsToPutBack = (changed: number): number => (changed * (changed + 1)) / 2 + Math.max(0, changed - 1);

/**
 * Puts every constant back to the reference's value that the gain does not need (backward elimination). In each round each
 * constant by itself is tried with the reference's value. Those that lose nothing go back together, if they lose nothing
 * together; else the one that loses least goes back, of equals the first. It ends where each loses more
 * than `PUT_BACK_TOLERANCE` of what the tuned rates gain.
 * @param tuned the constants that gain on the reference
 * @param lossOf makes the runs, so many at a time
 * @param onRound called before each round with how many constants are still changed
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
