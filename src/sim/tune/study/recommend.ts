import type { ParamSpec, Params } from "../../../engine/index.ts";
import type { Gain } from "../improvement.ts";
import { type NeededConstant, revert, runsToRevert } from "../revert.ts";
import type { Rerun, Reruns, Standing } from "./reruns.ts";
import { policyOf } from "./study-space.ts";

/** Maximum number of trials that are run again. */
const MAX_TRIES = 10;

/** A trial that does not stand when it is run again, with the reason. */
export interface PassedOver {
  readonly trial: number;
  /** Its standing against the reference then; null: a run failed. */
  readonly standing: Standing | null;
}

/** The first of a study's improvements that is confirmed by running it again. */
export interface Choice {
  /** Null: none of the tried ones. */
  readonly trial: number | null;
  /** The trials before it. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * Runs the trials that a study found no worse than its reference again, in the order of their gains, and takes the
 * first one that is worse in no goal and no requirement and better in one.
 * @param improvements of `StudyAnalysis`; the first ten are tried
 * @param ratesOf the constants of a trial
 * @param onLeft called before the first run with how many there will be at most
 */
export async function chooseTrial(
  improvements: readonly Gain[],
  ratesOf: (trial: number) => Params,
  reruns: Reruns,
  onLeft: (runs: number) => void = () => {},
): Promise<Choice> {
  const passedOver: PassedOver[] = [];
  const tried = improvements.slice(0, MAX_TRIES);
  onLeft(tried.length + 1);
  for (const { trial } of tried) {
    const [reference, own] = (await reruns.run([reruns.header.reference, ratesOf(trial)], "tune")) as [Rerun, Rerun];
    const standing = own.error === null && reference.error === null ? reruns.standing(own, reference, "tune") : null;
    if (standing !== null && isImprovement(standing)) return { trial, passedOver };
    passedOver.push({ trial, standing });
  }
  return { trial: null, passedOver };
}

const isImprovement = ({ worse, better, missed, mended }: Standing): boolean =>
  worse.length === 0 && missed.length === 0 && better.length + mended.length > 0;

/** The recommended constants of a trial, with the results of running them again. */
export interface Recommendation {
  readonly rates: Params;
  /** Constants that were reverted to the reference's value. */
  readonly reverted: readonly ParamSpec[];
  readonly needed: readonly NeededConstant[];
  /** The reference as the search ran it. */
  readonly referenceAsSearched: Rerun;
  /** On the tuning traces. */
  readonly tuned: Outcomes;
  /** On the held-out traces; null: there are none. */
  readonly heldOut: Outcomes | null;
}

/** Rates and the reference over the same traces. */
export interface Outcomes {
  readonly own: Rerun;
  readonly reference: Rerun;
  /** Null: a run failed. */
  readonly standing: Standing | null;
}

/**
 * Reverts the constants of a trial that its gain does not need, and runs the resulting constants on all traces of the
 * study.
 * @param onLeft called with the maximum number of further runs of rates
 */
export async function recommend(
  tunedRates: Params,
  reruns: Reruns,
  onLeft: (runs: number) => void = () => {},
): Promise<Recommendation> {
  const { reference } = reruns.header;
  const policy = policyOf(reruns.header);
  // On the held-out traces both are run, and the reference as in the search.
  const others = (reruns.has("holdout") ? 2 : 0) + 1;
  const changed = policy.params.filter(({ key }) => tunedRates[key] !== reference[key]).length;
  onLeft(2 + runsToRevert(changed) + others);
  const [referenceRun, tuned] = (await reruns.run([reference, tunedRates], "tune")) as [Rerun, Rerun];
  const lossOf = async (rates: readonly Params[]) =>
    (await reruns.run(rates, "tune")).map((own) => reruns.lossOf(own, tuned, referenceRun));
  const canCompare = referenceRun.error === null && tuned.error === null;
  const { rates, reverted, needed } = canCompare
    ? await revert(policy, tunedRates, reference, lossOf, (left) => onLeft(runsToRevert(left) + others))
    : { rates: tunedRates, reverted: [], needed: [] };
  const over = async (role: "tune" | "holdout"): Promise<Outcomes> => {
    const [before, own] = (await reruns.run([reference, rates], role)) as [Rerun, Rerun];
    const isKnown = before.error === null && own.error === null;
    return { own, reference: before, standing: isKnown ? reruns.standing(own, before, role) : null };
  };
  return {
    rates,
    reverted,
    needed,
    referenceAsSearched: await reruns.referenceAsSearched(),
    tuned: await over("tune"),
    heldOut: reruns.has("holdout") ? await over("holdout") : null,
  };
}
