import { momentsOf } from "../../common/statistics.ts";
import type { Ns } from "../../common/units.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { type Scenario, scenariosOf } from "../fidelity/scenario.ts";
import type { Costs } from "../trace/types.ts";
import { exp, ln } from "../tune/elementary.ts";
import {
  deviations,
  equalRanges,
  halfWidth,
  IDENTIFIABLE_SD,
  isClear,
  type Uncertainty,
  uncertaintyAt,
  WIDEST,
} from "./intervals.ts";
import { type CostField, Model, meanScore, type Point } from "./model.ts";
import type { Replayer } from "./replayer.ts";
import { type Within, within } from "./score.ts";
import { bestScale, coordinateSearch, descend } from "./search.ts";

/** The result for one cost. */
export interface CalibratedCost {
  readonly field: CostField;
  readonly baseNs: Ns;
  readonly fittedNs: Ns;
  /** The 90 % interval; null if the recordings do not tell the cost. */
  readonly intervalNs: readonly [Ns, Ns] | null;
  /**
   * `identified`: fitted, with an interval. `fitted`: the recordings do not tell this cost alone, but without its change
   * they are predicted worse. `kept`: at the base, because it is not identifiable, or because the whole fit is not better
   * than the base. `without effect`: also at the base, no recording depends on it.
   */
  readonly status: "identified" | "fitted" | "kept" | "without effect";
}

/** How replays with some costs compare. */
export interface Standing {
  /** The mean over worlds. */
  readonly score: number;
  /** What is within its limits, as recorded: in world 1. */
  readonly within: Within;
  readonly scenarios: readonly Scenario[];
}

export interface Calibration {
  readonly costs: readonly CalibratedCost[];
  readonly before: Standing;
  readonly after: Standing;
  /** The score of the fit, if it is not better than that of the base, whose costs are then kept; null if it is better. */
  readonly rejectedScore: number | null;
}

/** Worlds over which a search averages: few for the way to the region, more for its end. */
const COARSE_WORLDS = [1, 2];
const FINE_WORLDS = [1, 2, 3, 4];
/** For the last steps: near a point at which a time to a target changes, four worlds can be lucky. */
const LAST_WORLDS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Increase of the score, besides the difference between worlds, that is accepted for keeping costs: of it, and at least. */
const KEEPING = { part: 0.05, least: 0.01 } as const;

/**
 * Fits a machine's costs to recorded runs. Deterministic: the same for every number of threads.
 * @param base costs at which the search begins, and at which costs are kept that the runs do not tell
 * @param note called with the name of each step
 * @throws {RunError} if a simulation fails
 */
export async function calibrate(
  runs: readonly RecordedRun[],
  base: Costs,
  replayer: Replayer,
  note: (step: string) => void = () => {},
): Promise<Calibration> {
  const model = new Model(runs, base, replayer);
  const start: Point = model.fields.map(() => 0);
  note("costs without effect");
  const active = await withEffect(model, start);
  note("speed of the processor");
  const scaled = await bestScale(model, start, { worlds: COARSE_WORLDS, active });
  note("search");
  const near = await descend(model, scaled, { worlds: COARSE_WORLDS, active });
  const far = await coordinateSearch(model, near.point, { worlds: COARSE_WORLDS, active });
  note("refinement");
  const full = await descend(model, far.point, { worlds: FINE_WORLDS, active });
  note("intervals");
  const live = await withEffect(model, full.point);
  const all = await uncertaintyAt(model, full.point, { worlds: FINE_WORLDS, active: live });
  const joint = deviations(all, live, []);
  const clear = live.filter((i, k) => (joint[k] as number) <= IDENTIFIABLE_SD && isClear(all, i));
  const told = await narrowOnes(model, full.point, clear);
  note("costs that are kept");
  const { fitted, point } = await keepOthers(model, full.point, told, live, all);
  note("intervals of the fitted costs");
  const end = await uncertaintyAt(model, point, { worlds: FINE_WORLDS, active: live });
  const sds = deviations(
    end,
    fitted,
    live.filter((i) => !fitted.includes(i)),
  );
  const ranges = await equalRanges(model, point, { worlds: FINE_WORLDS, costs: fitted });
  const costs = model.fields.map((field, i): CalibratedCost => {
    const baseNs = base[field];
    const at = fitted.indexOf(i);
    if (at === -1) {
      const status = live.includes(i) ? "kept" : "without effect";
      return { field, baseNs, fittedNs: baseNs, intervalNs: null, status };
    }
    const fittedNs = rounded(baseNs * exp(point[i] as number));
    const half = halfWidth(sds[at] as number);
    const [down, up] = (ranges[at] as readonly [number, number]).map((reach) => Math.max(half, reach)) as [
      number,
      number,
    ];
    if (!told.includes(i) || down + up > WIDEST) return { field, baseNs, fittedNs, intervalNs: null, status: "fitted" };
    const intervalNs = [rounded(fittedNs / exp(down)), rounded(fittedNs * exp(up))] as const;
    return { field, baseNs, fittedNs, intervalNs, status: "identified" };
  });
  // With the costs as they are written: a run is chaotic, so that the rounding can decide a time to a target.
  const written = costs.map(({ baseNs, fittedNs }) => ln(fittedNs / baseNs));
  const [before, after] = (await standingsAt(model, [start, written])) as [Standing, Standing];
  if (fitted.length === 0 || after.score < before.score) return { costs, before, after, rejectedScore: null };
  return { costs: costs.map(atBase), before, after: before, rejectedScore: after.score };
}

/** A fitted cost at the base. */
const atBase = (cost: CalibratedCost): CalibratedCost =>
  cost.status === "without effect" ? cost : { ...cost, fittedNs: cost.baseNs, intervalNs: null, status: "kept" };

/** Those of the costs whose ranges of equal scores are narrow. */
async function narrowOnes(model: Model, point: Point, costs: readonly number[]): Promise<number[]> {
  const ranges = await equalRanges(model, point, { worlds: FINE_WORLDS, costs });
  return costs.filter((_, k) => (ranges[k] as readonly [number, number]).reduce((a, b) => a + b) <= WIDEST);
}

/** Factor, as a logarithm, by which a cost is changed to see whether anything depends on it. */
const EFFECT_STEP = 1.4;

/** The costs on which a curve depends. */
async function withEffect(model: Model, point: Point): Promise<number[]> {
  const all = model.fields.map((_, i) => i);
  const points = all.flatMap((i) => [-EFFECT_STEP, EFFECT_STEP].map((by) => model.moved(point, new Map([[i, by]]))));
  const outcomes = await model.at([point, ...points], [1]);
  const texts = outcomes.map(([outcome]) =>
    JSON.stringify(outcome?.comparisons.map(({ curves }) => curves.map(({ simulated }) => simulated))),
  );
  return all.filter((i) => texts[1 + 2 * i] !== texts[0] || texts[2 + 2 * i] !== texts[0]);
}

/**
 * Puts the costs that the runs do not tell back to the base, and fits the others again. Where that makes the score
 * worse by more than chance, the cost with the largest part in it stays fitted.
 */
async function keepOthers(
  model: Model,
  full: Point,
  told: readonly number[],
  live: readonly number[],
  { near }: Uncertainty,
): Promise<{ fitted: readonly number[]; point: Point }> {
  const best = meanScore(near.outcomes);
  let fitted = told;
  for (;;) {
    const start = full.map((value, i) => (fitted.includes(i) ? value : 0));
    const { point } = await descend(model, start, { worlds: LAST_WORLDS, active: fitted });
    const rest = live.filter((i) => !fitted.includes(i));
    if (rest.length === 0) return { fitted, point };
    const [outcomes = []] = await model.at([point], FINE_WORLDS);
    const losses = outcomes.map(({ score }, world) => score - (near.outcomes[world]?.score as number));
    const { mean: loss, variance } = momentsOf(losses);
    if (loss <= Math.max(KEEPING.least, KEEPING.part * best) + 2 * Math.sqrt(variance / losses.length))
      return { fitted, point };
    const part = (i: number): number => (near.information[i]?.[i] as number) * (full[i] as number) ** 2;
    const back = rest.reduce((a, b) => (part(b) > part(a) ? b : a));
    fitted = [...fitted, back].sort((a, b) => a - b);
  }
}

async function standingsAt(model: Model, points: readonly Point[]): Promise<Standing[]> {
  const all = await model.at(points, LAST_WORLDS);
  return all.map((outcomes) => {
    const scenarios = scenariosOf(outcomes[0]?.comparisons ?? []);
    return { score: meanScore(outcomes), within: within(scenarios), scenarios };
  });
}

/** A cost in three significant digits. */
export function rounded(ns: Ns): Ns {
  return Number(ns.toPrecision(3));
}
