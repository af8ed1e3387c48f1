import type { Us } from "../../common/units.ts";
import { toGib } from "../output/axis.ts";
import type { Curve } from "../output/envelope.ts";
import { type CurveComparison, spanOf } from "./compare.ts";
import type { CurveKind } from "./curves.ts";
import type { CurveVerdict, Scenario } from "./scenario.ts";

/** A curve of a scenario, ready to draw: that of each recorded run, and that of the replay of the first. */
export interface PicturedCurve {
  readonly kind: CurveKind;
  readonly verdict: CurveVerdict;
  readonly recorded: readonly Curve[];
  readonly simulated: Curve;
  /** Unit of the axis: `GiB`, `s` or `pages/cycle`. */
  readonly axisUnit: string;
}

/** A curve is not shown if it varies by less than this part of the range to which its errors are relative. */
const LEAST_MOVE = 0.1;

/** The curves of a scenario that vary. */
export function picturedCurves({ runs, curves }: Scenario): PicturedCurve[] {
  return curves.flatMap((verdict, i) => {
    const { kind } = verdict;
    const inGib = kind.unit === "pages";
    const shown = (values: readonly number[]): readonly number[] => (inGib ? values.map(toGib) : values);
    const recorded = runs.map(({ run, curves: all }) => ({
      timeUs: run.timeUs,
      value: shown(all[i]?.recorded as readonly number[]),
    }));
    const first = runs[0] as Scenario["runs"][number];
    const simulated = { timeUs: first.run.timeUs, value: shown(first.curves[i]?.simulated as readonly number[]) };
    const moves = runs.some(({ curves: all }) => {
      const curve = all[i] as CurveComparison;
      return [curve.recorded, curve.simulated].some((values) => spanOf(values) >= LEAST_MOVE * curve.range);
    });
    return moves ? [{ kind, verdict, recorded, simulated, axisUnit: inGib ? "GiB" : kind.unit }] : [];
  });
}

/** Time of the last row of a scenario, in microseconds. */
export const endOf = ({ runs }: Scenario): Us =>
  runs.reduce((latest, { run }) => Math.max(latest, run.timeUs.at(-1) as number), 0);

/** `balloon, GiB (off by 0.3 %)`. */
export const curveTitle = ({ kind, verdict, axisUnit }: PicturedCurve): string =>
  `${kind.title}, ${axisUnit} (off by ${(verdict.error * 100).toFixed(1)} %)`;
