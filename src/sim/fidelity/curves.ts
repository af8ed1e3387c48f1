import type { Pages } from "../../common/units.ts";
import { type Params, type PolicyColumn, VMMEMCTL } from "../../engine/index.ts";
import type { RunView } from "../view/types.ts";

/** The compared curves of a run, in the order in which they are shown. */
export const CURVE_IDS = ["size", "free", "cache", "anon", "swap", "some", "full", "rate"] as const;
export type CurveId = (typeof CURVE_IDS)[number];

/** Definition of one of the curves. */
export interface CurveKind {
  readonly id: CurveId;
  readonly title: string;
  /** Unit of its values. */
  readonly unit: "pages" | "s" | "pages/cycle";
  /** Its value in a simulated run, in that unit. */
  readonly read: (view: RunView) => number;
  /**
   * The minimum range to which an error is relative: relative to the range of an almost constant curve, any error would
   * be large.
   * @param memory of the guest, in pages
   */
  readonly leastRange: (memory: Pages, rates: Params) => number;
  /**
   * The curve's usual difference between two repetitions, as a fraction of its range: the median over the 26 scenarios
   * of test/sim/fidelity/runs. It stands for the noise of scenarios that were recorded less than three times.
   */
  readonly usualNoise: number;
}

const hundredthOfMemory = (memory: Pages): number => memory / 100;
const oneSecond = (): number => 1;

/** The recorded runs are of vmmemctl: its limit of inflation is the only driver-specific column that they have. */
const LIMIT = VMMEMCTL.columns.find(({ limit }) => limit?.of === "inflation") as PolicyColumn;
const lowestRate = (_memory: Pages, rates: Params): number => rates[LIMIT.limit?.least ?? ""] ?? 1;

/** `usualNoise` of each curve; test/sim/fidelity/limits.test.ts computes them again. Most scenarios have no swap. */
const USUAL_NOISE: { readonly [K in CurveId]: number } = {
  size: 0.0036,
  free: 0.009,
  cache: 0,
  anon: 0.0208,
  swap: 0,
  some: 0,
  full: 0,
  rate: 0,
};

const kind = (
  id: CurveId,
  title: string,
  unit: CurveKind["unit"],
  leastRange: CurveKind["leastRange"],
  read: CurveKind["read"],
): [CurveId, CurveKind] => [id, { id, title, unit, read, leastRange, usualNoise: USUAL_NOISE[id] }];

/** All curves by id. */
export const CURVES: ReadonlyMap<CurveId, CurveKind> = new Map([
  kind("size", "balloon", "pages", hundredthOfMemory, ({ balloon }) => balloon.size),
  kind("free", "free", "pages", hundredthOfMemory, ({ guest }) => guest.free),
  kind("cache", "page cache", "pages", hundredthOfMemory, ({ guest }) => guest.cache),
  kind("anon", "anonymous", "pages", hundredthOfMemory, ({ guest }) => guest.anon),
  kind("swap", "swapped", "pages", hundredthOfMemory, ({ guest }) => guest.swap),
  kind("some", "PSI some", "s", oneSecond, ({ guest }) => guest.psiSomeUs / 1e6),
  kind("full", "PSI full", "s", oneSecond, ({ guest }) => guest.psiFullUs / 1e6),
  kind("rate", "sleeping rate", "pages/cycle", lowestRate, ({ balloon }) => LIMIT.read(balloon.state)),
]);

/** The definition of a curve. */
export const curveKind = (id: CurveId): CurveKind => CURVES.get(id) as CurveKind;
