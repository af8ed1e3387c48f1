import { RATE_FIELDS, type RateField, type Rates } from "../../engine/index.ts";
import { PAIRS } from "./space.ts";

/** How much of what a change of the constants gains may be lost when a part of it is left out. */
export const PUT_BACK_TOLERANCE = 0.02;

/** A constant that differs from the reference. */
export interface NeededConstant {
  readonly field: RateField;
  /** The part of the gain that is lost with the reference's value: above `PUT_BACK_TOLERANCE`; Infinity: it must not have it. */
  readonly lost: number;
}

/** A change of the constants without the parts that its gain does not need. */
export interface PutBack {
  readonly rates: Rates;
  /** Constants that have the reference's value again, in the order of `RATE_FIELDS`. */
  readonly back: readonly RateField[];
  /** The others that were changed, in the same order. */
  readonly needed: readonly NeededConstant[];
}

/** For each of some rates, the part of the gain that they lose: 0 none, 1 all of it, Infinity where they must not be taken. */
export type LossOf = (rates: readonly Rates[]) => Promise<readonly number[]>;

/**
 * Puts every constant back to the reference's value that the gain does not need (backward elimination). In each round each
 * constant by itself is tried with the reference's value. Those that lose nothing go back together, if they lose nothing
 * together; else the one that loses least goes back, of equals the first of `RATE_FIELDS`. It ends where each loses more
 * than `PUT_BACK_TOLERANCE` of what the tuned rates gain.
 * @param tuned the constants that gain on the reference
 * @param lossOf makes the runs, so many at a time
 * @param onRound called before each round with how many constants are still changed
 */
export async function putBack(
  tuned: Rates,
  reference: Rates,
  lossOf: LossOf,
  onRound: (changed: number) => void = () => {},
): Promise<PutBack> {
  let rates = tuned;
  for (;;) {
    const options = RATE_FIELDS.filter(({ key }) => rates[key] !== reference[key]).map((field) => ({
      field,
      without: withReference(rates, reference, [field]),
    }));
    onRound(options.length);
    const valid = options.filter(({ without }) => isValid(without));
    const losses = await lossOf(valid.map(({ without }) => without));
    const lostWithout = new Map(valid.map(({ field }, i) => [field, losses[i] as number]));
    const ranked = options
      .map(({ field, without }) => ({ field, without, lost: lostWithout.get(field) ?? Number.POSITIVE_INFINITY }))
      .sort((a, b) => (a.lost === b.lost ? 0 : a.lost - b.lost));

    const idle = ranked.filter(({ lost }) => lost <= 0).map(({ field }) => field);
    const together = withReference(rates, reference, idle);
    if (idle.length > 1 && isValid(together) && ((await lossOf([together]))[0] as number) <= 0) {
      rates = together;
      continue;
    }
    const [least] = ranked;
    if (least === undefined || least.lost > PUT_BACK_TOLERANCE) {
      const needed = options.map(({ field }) => ({
        field,
        lost: lostWithout.get(field) ?? Number.POSITIVE_INFINITY,
      }));
      const back = RATE_FIELDS.filter(({ key }) => tuned[key] !== reference[key] && rates[key] === reference[key]);
      return { rates, back, needed };
    }
    rates = least.without;
  }
}

/** The rates with the reference's values of some constants. */
function withReference(rates: Rates, reference: Rates, fields: readonly RateField[]): Rates {
  const changed: { -readonly [K in keyof Rates]: number } = { ...rates };
  for (const { key } of fields) changed[key] = reference[key];
  return changed;
}

/** Whether no minimum is above its maximum. */
const isValid = (rates: Rates): boolean => PAIRS.every(([low, high]) => rates[low] <= rates[high]);
