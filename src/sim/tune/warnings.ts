import { escapeUnsafe, shorten } from "../../common/quote.ts";
import { caveatOf } from "../output/caveats.ts";
import { KillCount } from "../output/damage.ts";
import { runLabels } from "../output/run-labels.ts";
import { formatRequirement } from "./goal.ts";
import { type Importance, importanceOfStudy, MIN_FIT } from "./importance.ts";
import { KILLS, subjectKindOf } from "./objectives.ts";
import { Axis } from "./parameter.ts";
import { type FrontMember, kneelessText } from "./pareto.ts";
import { policyOf } from "./study/study-space.ts";
import type { Tunable } from "./tunable.ts";
import type { Outcome, Parameter, StudyHeader, Trial } from "./types.ts";

/** The inputs of the warnings about a study. Values are in the order of the header's objectives. */
export interface StudyFindings {
  readonly header: StudyHeader;
  readonly trials: readonly Trial[];
  /** One per trial. */
  readonly outcomes: readonly Outcome[];
  readonly front: readonly FrontMember[];
  /** The standing trials if the front was judged in several worlds; else the whole front. */
  readonly standing: readonly FrontMember[];
  /** The trial at the knee of the front; null if the front has no knee. */
  readonly knee: number | null;
  /**
   * The trial that `study best` takes by default; null if every trial of the front is worse than trial 0 in a goal.
   */
  readonly pick: number | null;
  /** A trial's values on the held-out traces; null if it was not judged. */
  judged(trial: number): readonly number[] | null;
  /** Whether it misses a requirement there; null if it was not judged. */
  missesWhereJudged(trial: number): boolean | null;
  /** Whether the front was judged in several worlds. */
  readonly isJudgedInWorlds: boolean;
  /** For each objective whether a trial really differs from trial 0 in the same worlds; null for one world. */
  differences(trial: number, where: "tuned" | "held"): readonly (-1 | 0 | 1)[] | null;
  /** Standard deviation of a trial's values between seeds; null if unknown. */
  noise(trial: number): readonly number[] | null;
}

/** Distance from an end of its scale at which a value counts as being at the end. */
const EDGE = 0.01;

/** Minimum difference, in standard deviations of the noise. */
const NOISE_MARGIN = 2;

/**
 * Warnings about a study's results, one sentence each, in the order of their importance.
 * @param importance result of `importanceOfStudy`
 */
export function warningsOf(
  study: StudyFindings,
  importance: readonly (Importance | null)[] = importanceOfStudy(study),
): string[] {
  return [
    ...aboutKills(study),
    ...aboutRequirements(study),
    ...aboutFront(study),
    ...aboutGoals(study),
    ...aboutJudgement(study),
    ...aboutNoise(study),
    ...aboutEdges(study, importance),
    ...aboutConstants(study, importance),
    ...aboutTraces(study),
    ...driverNotes(study.header),
  ];
}

const isUsable = ({ isComplete, values }: Outcome): boolean => isComplete && values.length > 0;

/** Warns if the reference itself has kills, which would make requirements relative to it useless. */
function aboutKills(study: StudyFindings): string[] {
  const { header, trials } = study;
  const index = header.objectives.indexOf(KILLS[subjectKindOf(header)][0]);
  if (index < 0) return [];
  const count = new KillCount();
  const labels = runLabels(header.traces);
  for (const { trace, values } of trials[0]?.runs ?? []) count.note(labels[trace] as string, values[index] as number);
  const line = count.line();
  if (line !== null) return [`The constants of trial 0 have ${line}.`];
  return (study.judged(0)?.[index] ?? 0) > 0
    ? [`The constants of trial 0 have OOM kills on the held-out ${subjectKindOf(header)}s.`]
    : [];
}

function aboutRequirements({ header, outcomes, front }: StudyFindings): string[] {
  if (front.length > 0 || header.requirements.length === 0 || !outcomes.some(isUsable)) return [];
  return [`No trial keeps ${header.requirements.map(formatRequirement).join(" and ")} in every run.`];
}

/** Warns if the front has no trial that is no worse than trial 0, or no knee. */
function aboutFront({ header, outcomes, front, standing, pick, knee, isJudgedInWorlds }: StudyFindings): string[] {
  if (front.length === 0) return [];
  const notes: string[] = [];
  if (front.every(({ trial }) => trial === 0)) notes.push("No trial was found that is better than trial 0.");
  else if (outcomes[0]?.isComplete === true && pick === null) {
    const why = isJudgedInWorlds
      ? `No trial that was judged ${header.requirements.length > 0 ? "keeps the requirements and " : ""}is significantly better than trial 0 in a ` +
        "goal and worse in none in the worlds that judge it"
      : "Every trial of the front is worse than trial 0 in a goal";
    notes.push(`${why}: study best takes none of them by itself (--pick).`);
  }
  if (header.goals.length > 1 && knee === null) notes.push(`${capitalized(kneelessText(standing, front))}.`);
  return notes;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * The trial of the other warnings: the one that `study best` takes, else the knee; null if there is neither, or if it
 * is trial 0.
 */
const subjectOf = ({ pick, knee }: StudyFindings): number | null => {
  const subject = pick ?? knee;
  return subject === 0 ? null : subject;
};

function aboutGoals({ header, outcomes }: StudyFindings): string[] {
  const usable = outcomes.filter(isUsable);
  if (usable.length < 2) return [];
  return header.goals.flatMap(({ objective }, goal) => {
    const first = usable[0]?.values[goal] as number;
    if (usable.some(({ values }) => values[goal] !== first)) return [];
    return [
      `${objective} is ${Math.abs(first)} in all complete trials: no constant that was moved changes it on these ${subjectKindOf(header)}s.`,
    ];
  });
}

/** Warns if the study's result does not hold on the held-out traces. */
function aboutJudgement(study: StudyFindings): string[] {
  const { header } = study;
  const kind = subjectKindOf(header);
  if (!header.traces.some(({ role }) => role === "holdout")) {
    return [
      `No ${kind} was held out: the results of these constants on other ${kind}s are unknown (--holdout ${kind.toUpperCase()} judges them).`,
    ];
  }
  const subject = subjectOf(study);
  if (subject === null) return [];
  const misses = study.missesWhereJudged(subject) === true;
  const missed = misses ? [`Trial ${subject} misses a requirement on held-out ${kind}s.`] : [];
  const [tuned, reference] = [study.outcomes[subject], study.outcomes[0]];
  const [judged, judgedReference] = [study.judged(subject), study.judged(0)];
  if (judged === null || judgedReference === null || tuned === undefined || !reference || !isUsable(reference))
    return missed;
  const worse = header.goals.flatMap(({ objective, direction }, goal) => {
    const index = header.objectives.indexOf(objective);
    const sign = direction === "minimize" ? 1 : -1;
    const real = (where: "tuned" | "held") => study.differences(subject, where)?.[index];
    const onTuned = real("tuned");
    const gained =
      onTuned === undefined ? (reference.values[goal] as number) - (tuned.values[goal] as number) : -sign * onTuned;
    const lost = sign * (real("held") ?? (judged[index] as number) - (judgedReference[index] as number));
    if (gained < 0 || lost <= 0) return [];
    const how = gained > 0 ? "better than" : "equal to";
    return [
      `Trial ${subject} is ${how} trial 0 in ${objective} on the tuning ${kind}s, but worse on the held-out ${kind}s.`,
    ];
  });
  return [...missed, ...worse];
}

function aboutNoise(study: StudyFindings): string[] {
  const { header, outcomes } = study;
  const random = header.traces.filter(({ role, isRandom }) => role === "tune" && isRandom);
  if (random.length === 0) return [];
  if (header.seeds.length < 2) {
    const names = random.map(({ trace }) => shorten(trace)).join(", ");
    return [
      `${names}: a run depends on its seed, and only one seed is used: the variation of the results is unknown (--seeds 5).`,
    ];
  }
  const subject = subjectOf(study);
  const noise = subject === null ? null : study.noise(subject);
  const [best, reference] = [outcomes[subject ?? 0], outcomes[0]];
  if (noise === null || best === undefined || !reference || !isUsable(reference)) return [];
  return header.goals.flatMap(({ objective }, goal) => {
    const difference = Math.abs((best.values[goal] as number) - (reference.values[goal] as number));
    const deviation = noise[header.objectives.indexOf(objective)] as number;
    if (difference === 0 || difference > NOISE_MARGIN * deviation) return [];
    return [
      `In ${objective}, trial ${subject} differs from trial 0 by no more than ${NOISE_MARGIN} standard deviations from seed to seed.`,
    ];
  });
}

/** Warns of a best value at the end of its range: better ones may be outside. */
function aboutEdges(study: StudyFindings, importance: readonly (Importance | null)[]): string[] {
  const { header, trials } = study;
  const subject = subjectOf(study);
  if (subject === null) return [];
  return header.parameters.flatMap((parameter, i) => {
    const value = trials[subject]?.point[i] as number;
    const isIdle = importance.length > 0 && importance.every((goal) => goal?.matters[i] === false);
    const end = isIdle ? null : endOf(policyOf(header), parameter, value);
    if (end === null) return [];
    return [
      `${parameter.flag} is ${value} in trial ${subject}, at the ${end} end of its range: there may be better values beyond it.`,
    ];
  });
}

/** The end of its range at which a value is; null if it is at none, or if the range can't be extended there. */
function endOf({ params }: Tunable, parameter: Parameter, value: number): "lower" | "upper" | null {
  const spec = params.find(({ key }) => key === parameter.key);
  const unit = new Axis(parameter).unitOf(value);
  const isLowest = value === parameter.min || (parameter.kind === "range" && unit < EDGE);
  const isHighest = value === parameter.max || (parameter.kind === "range" && unit > 1 - EDGE);
  if (isLowest && parameter.min > (spec?.min ?? 0)) return "lower";
  return isHighest && parameter.max < (spec?.max ?? 0) ? "upper" : null;
}

function aboutConstants({ header, outcomes }: StudyFindings, importance: readonly (Importance | null)[]): string[] {
  // Trial 0 may be outside of the space, and does not count.
  const count = outcomes.filter((outcome, trial) => trial > 0 && isUsable(outcome)).length;
  const known = importance.filter((goal) => goal !== null);
  if (known.length === 0) {
    const isConstant = header.goals.every(
      (_, goal) => new Set(outcomes.filter(isUsable).map((o) => o.values[goal])).size < 2,
    );
    return isConstant ? [] : [`${count} complete trials are too few to determine which constants matter.`];
  }
  const warnings = header.goals.flatMap(({ objective }, goal) => {
    const fit = importance[goal]?.fit ?? 1;
    if (fit >= MIN_FIT) return [];
    return [
      `${objective}: the trials are too few to determine the importance of each constant (R² ${Math.max(0, fit).toFixed(2)} on ` +
        "trials that were left out).",
    ];
  });
  const idle = header.parameters.filter((_, i) => known.every(({ matters }) => !matters[i])).map(({ flag }) => flag);
  if (idle.length > 0) {
    const listed = idle.length === 1 ? idle[0] : `${idle.slice(0, -1).join(", ")} and ${idle.at(-1)}`;
    const makes = idle.length === 1 ? "makes" : "make";
    warnings.push(`${listed} ${makes} no difference to any goal, as far as ${count} trials show.`);
  }
  return warnings;
}

/** What a reader of a study's figures must know of its driver, one sentence each, safe to print. */
export function driverNotes(header: StudyHeader): string[] {
  const caveat = caveatOf(policyOf(header));
  const rules = header.traces.flatMap(({ trace, ignoredRules }) =>
    ignoredRules === undefined ? [] : [`${shorten(trace)}: ${escapeUnsafe(ignoredRules)}.`],
  );
  return [...rules, ...(caveat === null ? [] : [caveat])];
}

function aboutTraces({ header }: StudyFindings): string[] {
  return header.traces.flatMap(({ trace, sampleSeconds }) =>
    sampleSeconds === null
      ? []
      : [
          `${shorten(trace)} has one value every ${sampleSeconds} s: changes in between are not in it, so its stalls and ` +
            "deficits are too low, and constants that act within seconds look as if they did not matter.",
        ],
  );
}
