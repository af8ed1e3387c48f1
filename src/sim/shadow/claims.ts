import { FIGURES, type FigureId, type FigureKind, type WindowWeights, weightsOf } from "./figures.ts";
import type { Rows } from "./rows.ts";

/** The amounts of one figure in one window. */
export interface Amounts {
  readonly measured: number;
  /** Of the real driver and of the other one, predicted in each world. */
  readonly real: readonly number[];
  readonly other: readonly number[];
}

/** What is kept of a window that was replayed. */
export interface WindowResult {
  readonly weights: WindowWeights;
  /** Figures that were measured. */
  readonly amounts: ReadonlyMap<FigureId, Amounts>;
}

/** The figures of a window. The predictions are those of the worlds, in the same order. */
export function windowResult(measured: Rows, real: readonly Rows[], other: readonly Rows[]): WindowResult {
  const amounts = new Map<FigureId, Amounts>();
  for (const { id, read } of FIGURES) {
    const value = read(measured);
    if (value === null) continue;
    const each = (all: readonly Rows[]): number[] => all.map((rows) => read(rows) ?? 0);
    amounts.set(id, { measured: value, real: each(real), other: each(other) });
  }
  return { weights: weightsOf(measured), amounts };
}

/**
 * What can be said about a figure:
 * - `difference`: the other driver differs from the real one by more than both predictions may be off
 * - `none`: no difference that this shadow can see
 * - `unchecked`: there is such a difference, but the real driver had next to nothing of this figure, so that its prediction says
 *   nothing about how well as much of it is predicted
 * - `few`: too few windows
 */
export type Verdict = "difference" | "none" | "unchecked" | "few";

/** A figure over all windows. Values are per second, per change of the target, or sums, as its kind says. */
export interface Claim {
  readonly kind: FigureKind;
  readonly verdict: Verdict;
  /** Number of windows on which it rests. */
  readonly windows: number;
  readonly measured: number;
  /** Medians over the worlds. */
  readonly real: number;
  readonly other: number;
  readonly difference: number;
  /** The error of the prediction of the real driver: the windows' errors, each without its sign, added up. */
  readonly error: number;
  /** The errors of single windows, predicted less measured, in the median over the worlds, ascending; values of one window. */
  readonly errors: readonly number[];
}

/** Least number of windows on which a claim rests. */
export const LEAST_WINDOWS = 3;
/**
 * A difference is one from this many errors of the real driver's prediction on: the other driver's prediction, which nothing checks,
 * is taken to be off by as much.
 */
export const ERRORS_OF_DIFFERENCE = 2;
/** An effect is checked as far as the real driver had at least this part of it. */
const CHECKED_PART = 0.1;

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** What the windows say about each figure that was measured in one of them. */
export function claimsOf(results: readonly WindowResult[]): Claim[] {
  return FIGURES.flatMap((kind) => {
    const known = results.flatMap(({ weights, amounts }) => {
      const own = amounts.get(kind.id);
      return own === undefined ? [] : [{ weights, ...own }];
    });
    return known.length === 0 ? [] : [claimOf(kind, known)];
  });
}

type Known = Amounts & { readonly weights: WindowWeights };

function claimOf(kind: FigureKind, known: readonly Known[]): Claim {
  const weightOf = ({ weights }: Known): number => (kind.weight === "total" ? 1 : weights[kind.weight]);
  const whole = kind.weight === "total" ? 1 : sumOf(known.map(weightOf));
  const worlds = (known[0] as Known).real.map((_, world) => world);
  const total = (of: (one: Known) => number): number => sumOf(known.map(of)) / whole;
  const inWorlds = (of: (one: Known, world: number) => number): number[] =>
    worlds.map((world) => total((one) => of(one, world)));
  const differences = inWorlds(({ real, other }, world) => (other[world] as number) - (real[world] as number));
  const error = total(({ measured, real, weights }) =>
    Math.max(kind.resolution(weights), ...real.map((value) => Math.abs(value - measured))),
  );
  const measured = total((one) => one.measured);
  const others = inWorlds(({ other }, world) => other[world] as number);
  return {
    kind,
    verdict: verdictOf(kind, { windows: known.length, differences, error, measured, others }),
    windows: known.length,
    measured,
    real: middle(inWorlds(({ real }, world) => real[world] as number)),
    other: middle(others),
    difference: middle(differences),
    error,
    errors: known.map((one) => (middle(one.real) - one.measured) / weightOf(one)).toSorted((a, b) => a - b),
  };
}

interface Evidence {
  readonly windows: number;
  readonly differences: readonly number[];
  readonly error: number;
  readonly measured: number;
  readonly others: readonly number[];
}

function verdictOf({ isEffect }: FigureKind, { windows, differences, error, measured, others }: Evidence): Verdict {
  const least = ERRORS_OF_DIFFERENCE * error;
  const isBeyond = differences.every((one) => one > least) || differences.every((one) => one < -least);
  if (windows < LEAST_WINDOWS) return "few";
  if (!isBeyond) return "none";
  return isEffect && measured < CHECKED_PART * Math.max(...others) ? "unchecked" : "difference";
}
