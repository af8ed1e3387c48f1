import { medianOf } from "../../common/statistics.ts";
import type { Percent, Seconds } from "../../common/units.ts";
import { type Claim, ERRORS_OF_DIFFERENCE, LEAST_WINDOWS, type Verdict } from "./claims.ts";
import type { FigureId, FigureWeight } from "./figures.ts";
import type { WindowCounts } from "./shadow.ts";

/** The format of a report for programs. */
export const ACCOUNT_FORMAT = "balloon-sim/shadow";
export const ACCOUNT_VERSION = 1;

/** A driver in a report. */
export interface DriverAccount {
  readonly name: string;
  /** Constants that are not the defaults; empty: none. */
  readonly detail: string;
  readonly rates: Readonly<Record<string, number>>;
}

/** What a shadow was told and has found out about the machine. */
export interface ShadowSubject {
  readonly program: { readonly name: string; readonly version: string };
  readonly machine: { readonly name: string | null; readonly kernel: string | null };
  readonly real: DriverAccount & { readonly layout: string };
  readonly other: DriverAccount;
  /** The machine whose costs the simulation has, and whether it is said to be this one, calibrated. */
  readonly costs: { readonly machine: string; readonly isCalibrated: boolean };
  /** What limits the claims, a sentence each. */
  readonly caveats: readonly string[];
}

/** One figure of a report. `null` in errors: no window. */
export interface FigureAccount {
  readonly figure: FigureId;
  readonly title: string;
  readonly unit: string;
  /** What values are per: seconds (a mean over time), changes of the target, or nothing (the sum over all windows). */
  readonly per: FigureWeight;
  readonly verdict: Verdict;
  readonly windows: number;
  readonly measured: number;
  readonly predicted: { readonly real: number; readonly other: number };
  readonly difference: number;
  /** The error of the prediction of the real driver. */
  readonly error: number;
  /** The least difference that is one. */
  readonly least: number;
  /** The distribution of single windows' errors: predicted less measured. */
  readonly errors: {
    readonly lowest: number;
    readonly median: number;
    readonly highest: number;
    readonly within90: number;
  };
}

/** The state of a shadow, as data. */
export interface ShadowAccount extends ShadowSubject {
  readonly format: typeof ACCOUNT_FORMAT;
  readonly version: typeof ACCOUNT_VERSION;
  /** Wall clock at the first sample and at the last, in seconds since 1970; null: no sample yet. */
  readonly from: Seconds | null;
  readonly until: Seconds | null;
  readonly samples: number;
  readonly isOver: boolean;
  readonly windows: WindowCounts;
  readonly leastWindows: number;
  readonly figures: readonly FigureAccount[];
}

/** The figure of a claim as data. */
export function figureAccount({
  kind,
  verdict,
  windows,
  measured,
  real,
  other,
  difference,
  error,
  errors,
}: Claim): FigureAccount {
  const sizes = errors.map(Math.abs).toSorted((a, b) => a - b);
  return {
    figure: kind.id,
    title: kind.title,
    unit: kind.unit,
    per: kind.weight,
    verdict,
    windows,
    measured,
    predicted: { real, other },
    difference,
    error,
    least: ERRORS_OF_DIFFERENCE * error,
    errors: {
      lowest: errors[0] as number,
      median: medianOf(errors),
      highest: errors.at(-1) as number,
      within90: quantile(sizes, 90),
    },
  };
}

/** The least value that so many per cent of the values do not exceed. */
const quantile = (ascending: readonly number[], percent: Percent): number =>
  ascending[Math.max(0, Math.ceil((ascending.length * percent) / 100) - 1)] as number;

/** When a shadow's samples began and ended, and their number. */
export interface ShadowSpan {
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  readonly samples: number;
  readonly isOver: boolean;
}

/** The state of a shadow as data. */
export function accountOf(
  subject: ShadowSubject,
  { fromMs, untilMs, samples, isOver }: ShadowSpan,
  windows: WindowCounts,
  claims: readonly Claim[],
): ShadowAccount {
  return {
    format: ACCOUNT_FORMAT,
    version: ACCOUNT_VERSION,
    ...subject,
    from: fromMs === null ? null : fromMs / 1000,
    until: untilMs === null ? null : untilMs / 1000,
    samples,
    isOver,
    windows: { ...windows },
    leastWindows: LEAST_WINDOWS,
    figures: claims.map(figureAccount),
  };
}
