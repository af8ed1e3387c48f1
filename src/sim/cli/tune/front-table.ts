import { isLowerBound } from "../../output/lower-bounds.ts";
import { LOWER_BOUND_LEGEND, withBound } from "../../output/spread-words.ts";
import { formatRequirement } from "../../tune/goal.ts";
import { subjectKindOf, unitOfObjective } from "../../tune/objectives.ts";
import { markOf, WITHIN_SPREAD_LEGEND } from "../../tune/spread.ts";
import type { Fall, StudyAnalysis, Where } from "../../tune/study/analysis.ts";
import { someOf } from "../../tune/study/chosen.ts";
import { formatTable } from "../table.ts";
import { formatNumber, formatSpread } from "./format-text.ts";

/** Number of trials of the front that are listed by default. */
const LISTED = 12;

/** Describes the number of trials on the front, and their worth. */
export function frontLine(analysis: StudyAnalysis): string {
  const { front, outcomes, header, nearest, improvements, next } = analysis;
  if (front.length === 0) {
    if (nearest === null) return "none: no trial ran to its end";
    return `none: no trial keeps ${header.requirements.map(formatRequirement).join(" and ")}; trial ${nearest} is nearest`;
  }
  const count =
    front.length === 1 ? "1 trial that no other one dominates" : `${front.length} trials that no other dominates`;
  if (outcomes[0]?.isComplete !== true) return `${count}; trial 0 failed, so no comparison is possible`;
  if (!analysis.isJudgedInWorlds) return `${count}; no worse than trial 0 in any goal: ${improvements.length}`;
  const stands = new Set(analysis.standing.map(({ trial }) => trial));
  const ofFront = front.map(({ trial }) => trial);
  const judged = ofFront.filter((trial) => stands.has(trial) || analysis.fallOf(trial) !== null);
  const standing = (trials: readonly number[]) => trials.filter((trial) => stands.has(trial)).length;
  const of = judged.length < front.length ? `, of ${judged.length} that were judged,` : "";
  return [
    `${count}; ${standing(ofFront)}${of} ${standing(ofFront) === 1 ? "stands" : "stand"} in ${header.judgedWorlds} other worlds`,
    ...(next.length === 0 ? [] : [`of the ${next.length} next best, judged as well: ${standing(next)}`]),
    `${trialsAre(improvements.length)} significantly better than trial 0 in a goal, and worse in no goal`,
  ].join("; ");
}

const trialsAre = (count: number): string => (count === 0 ? "none is" : count === 1 ? "1 is" : `${count} are`);

/**
 * The results of trial 0, of the front and of the judged next best trials, on the tuning traces and on the held-out
 * traces.
 * @param isWhole whether to list all of these
 */
export function frontTable(analysis: StudyAnalysis, isWhole: boolean): string {
  const { header, front, nearest, next } = analysis;
  const goals = header.goals.map(({ objective }) => header.objectives.indexOf(objective));
  const names = header.goals.map(({ objective }) => `${objective} (${unitOfObjective(objective)})`);
  const hasHoldout = analysis.judged(0) !== null;
  const head = ["trial", ...names, ...(hasHoldout ? names.map((name) => `judged: ${name}`) : []), ""];

  const chosen = front.length > 0 ? front.map(({ trial }) => trial) : nearest === null ? [] : [nearest];
  const others = [...chosen, ...next].filter((trial) => trial !== 0);
  const standing = others.filter((trial) => analysis.standing.some((one) => one.trial === trial));
  const listed = isWhole ? others : someOf(standing.length > 0 ? standing : others, LISTED, landmarks(analysis));
  const bounded = (i: number, values: readonly number[] | null, text: string) =>
    withBound(text, values !== null && isLowerBound(header.objectives[i] as string, values, header.objectives));
  const rows = [0, ...listed].map((trial) => {
    const values = analysis.values(trial);
    const judged = analysis.judged(trial);
    const noise = analysis.noise(trial);
    const inWorlds = (where: Where) => spreadCells(analysis, trial, where, goals);
    const tuned = () =>
      goals.map(
        (i) =>
          bounded(i, values, cell(values?.[i])) +
          (noise === null ? "" : ` ±${Number((noise[i] as number).toPrecision(2))}`),
      );
    return [
      String(trial),
      ...(inWorlds("tuned") ?? tuned()),
      ...(hasHoldout ? (inWorlds("held") ?? goals.map((i) => bounded(i, judged, cell(judged?.[i])))) : []),
      notesOf(trial, analysis).join(", "),
    ];
  });
  const isBounded = rows.some((row) => row.some((text) => text.startsWith("> ")));
  const align = head.map((_, i) => (i < head.length - 1 ? "right" : "left") as "right" | "left");
  const hidden = others.length - listed.length;
  const kind = `${hidden === 1 ? "trial" : "trials"} of the front${next.length === 0 ? "" : " and of the next best"}`;
  const more = hidden > 0 ? `... and ${hidden} more ${kind} (--all lists ${hidden === 1 ? "it" : "them"})\n` : "";
  const marked = rows.some((row) => row.some((text) => text.endsWith(" ~"))) ? `${WITHIN_SPREAD_LEGEND}\n` : "";
  return formatTable({ head, align }, rows) + more + marked + (isBounded ? `${LOWER_BOUND_LEGEND}\n` : "");
}

/**
 * A trial's spread over worlds in some objectives, with a mark if it does not really differ from trial 0; null: one
 * world.
 */
function spreadCells(
  analysis: StudyAnalysis,
  trial: number,
  where: Where,
  objectives: readonly number[],
): string[] | null {
  const spreads = analysis.spreads(trial, where);
  if (spreads === null) return null;
  const relations = trial === 0 ? null : analysis.relations(trial, where);
  return objectives.map((i) => {
    const highest = spreads.map((spread) => spread.highest);
    const isBound = isLowerBound(analysis.header.objectives[i] as string, highest, analysis.header.objectives);
    const text = withBound(formatSpread(spreads[i] as (typeof spreads)[number]), isBound);
    const relation = relations?.[i];
    const mark = relation === undefined ? null : markOf(relation);
    return mark === null ? text : `${text} ${mark}`;
  });
}

/** The trials of interest: the best in each goal, the one that `study best` takes, and the knee. */
export function landmarks({ best, knee, pick }: StudyAnalysis): number[] {
  return [...new Set([...best, pick, knee].filter((trial) => trial !== null))];
}

/** Why a trial does not stand. */
function fallText(fall: Fall): string {
  if (fall.kind === "dominated") return `dominated by ${fall.by} in other worlds`;
  return fall.kind === "misses" ? "misses a requirement in other worlds" : "fails in other worlds";
}

/** Remarks about a trial: the goals in which it is best, the requirements that it misses. */
export function notesOf(trial: number, analysis: StudyAnalysis): string[] {
  const { outcomes, trials, next } = analysis;
  const kind = subjectKindOf(analysis.header);
  const notes: string[] = [];
  if (trial === 0) notes.push("the reference rates");
  notes.push(...analysis.labelsOf(trial));
  if (next.includes(trial)) notes.push("dominated in the search");
  if (trials[trial]?.state === "failed") notes.push(`failed: ${trials[trial]?.error}`);
  else if ((outcomes[trial]?.violation ?? 0) > 0) notes.push("misses a requirement");
  const fall = analysis.fallOf(trial);
  if (fall !== null && trial !== 0) notes.push(fallText(fall));
  if (analysis.missesWhereJudged(trial) === true) notes.push(`misses a requirement on a held-out ${kind}`);
  const error = analysis.judgementError(trial);
  if (error !== null) notes.push(`failed on a held-out ${kind}: ${error}`);
  return notes;
}

const cell = (value: number | undefined): string => (value === undefined ? "-" : formatNumber(value));
