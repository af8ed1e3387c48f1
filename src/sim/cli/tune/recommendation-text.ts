/** The text of `study best` about the constants that it writes. */
import { escapeUnsafe } from "../../../common/quote.ts";
import { runLabels } from "../../output/run-labels.ts";
import { whatIfText } from "../../trace/what-if.ts";
import { formatBound } from "../../tune/goal.ts";
import { subjectKindOf, unitOfObjective } from "../../tune/objectives.ts";
import { REVERT_TOLERANCE } from "../../tune/revert.ts";
import { relationOf, spreadOf, WITHIN_SPREAD_LEGEND } from "../../tune/spread.ts";
import type { StudyAnalysis } from "../../tune/study/analysis.ts";
import type { Outcomes, Recommendation } from "../../tune/study/recommend.ts";
import type { Reruns, Role, Standing } from "../../tune/study/reruns.ts";
import { policyOf } from "../../tune/study/study-space.ts";
import type { TrialRun } from "../../tune/types.ts";
import { formatTable } from "../table.ts";
import { changeOf } from "./format-comparison.ts";
import { formatSpread, listOf } from "./format-text.ts";

/** The recommended rates, with their evidence. */
export interface MadeRates extends Recommendation {
  readonly reruns: Reruns;
  readonly worlds: number;
}

/** Tables: the changed constants with the reasons, and their effect on the traces of the study. */
export function recommendationText(analysis: StudyAnalysis, trial: number, made: MadeRates): string {
  return [aboutText(analysis, trial, made), constantsTable(analysis, trial, made), gainsTable(made)].join("\n");
}

function aboutText(
  { header }: StudyAnalysis,
  trial: number,
  { worlds, reverted, needed, tuned, heldOut }: MadeRates,
): string {
  const labels = runLabels(header.traces).map(escapeUnsafe);
  const names = (role: Role) => listOf(labels.filter((_, i) => header.traces[i]?.role === role));
  const rows = [
    ["trial", String(trial)],
    ["what if", escapeUnsafe(whatIfText(header.whatIf))],
    [
      "reverted",
      reverted.length === 0
        ? `none of ${needed.length} changed constants: the gain needs each`
        : `${reverted.length} of ${reverted.length + needed.length} changed constants: without their changes no goal loses more than ` +
          `${REVERT_TOLERANCE * 100} % of its gain${worlds === 1 ? "" : ", or than the variation between worlds"}`,
    ],
    [
      "run again",
      `on ${names("tune")}${worlds === 1 ? "" : ` in ${worlds} further worlds`}: ${standingText(tuned.standing)}`,
    ],
    [
      "held out",
      heldOut === null ? `no ${subjectKindOf(header)}` : `${names("holdout")}: ${standingText(heldOut.standing)}`,
    ],
  ] as const;
  return rows.map(([label, text]) => (text === "" ? "" : `${label.padEnd(11)}${text}\n`)).join("");
}

/** The constants in which the trial differs from the reference. */
function constantsTable({ header, trials }: StudyAnalysis, trial: number, { rates, needed }: MadeRates): string {
  const tuned = new Map(header.parameters.map(({ key }, i) => [key, trials[trial]?.point[i]]));
  const changed = policyOf(header).params.filter(
    ({ key }) => (tuned.get(key) ?? header.base[key]) !== header.reference[key],
  );
  const rows = changed.map(({ key, name }) => {
    const need = needed.find(({ param }) => param.key === key);
    const text = rates[key] === header.reference[key] ? "reverted" : need === undefined ? "" : lostText(need.lost);
    return [name, header.reference[key], tuned.get(key) ?? header.base[key], rates[key], text].map(String);
  });
  const head = ["constant", "trial 0", `trial ${trial}`, "written", "gain lost without it"];
  return formatTable({ head, align: ["left", "right", "right", "right", "left"] }, rows);
}

/** The lost part of a gain. */
const lostText = (lost: number): string => (lost >= 1 ? "all" : `${Math.round(lost * 100)} %`);

/** Goals and objectives of requirements, on the tuning traces and on the held-out ones. */
function gainsTable(made: MadeRates): string {
  const { reruns, tuned, heldOut } = made;
  const { goals, requirements } = reruns.header;
  const names = [...new Set([...goals, ...requirements].map(({ objective }) => objective))];
  const both = ["trial 0", "written", "change"];
  const head = [
    ...["objective", "unit", "goal or requirement", ...both],
    ...(heldOut === null ? [] : both.map((name) => `held out: ${name}`)),
  ];
  const rows = names.map((name) => [
    name,
    unitOfObjective(name),
    wishesOf(name, made),
    ...outcomeCells(name, made, tuned, "tune"),
    ...(heldOut === null ? [] : outcomeCells(name, made, heldOut, "holdout")),
  ]);
  const note = rows.some((row) => row.includes("~")) ? `${WITHIN_SPREAD_LEGEND}\n` : "";
  return formatTable({ head, align: head.map((_, i) => (i < 3 ? "left" : "right")) }, rows) + note;
}

/**
 * The goal or requirement of an objective, and whether it is kept: `minimize`, `<= reference (missed in 2 of 15 runs)`.
 */
function wishesOf(name: string, { reruns, tuned, heldOut }: MadeRates): string {
  const { goals, requirements } = reruns.header;
  const required = requirements.filter(({ objective }) => objective === name);
  return [
    ...goals.filter(({ objective }) => objective === name).map(({ direction }) => direction),
    ...required.map((requirement) => {
      const counts = [
        reruns.misses(requirement, tuned.own, tuned.reference, "tune"),
        ...(heldOut === null ? [] : [reruns.misses(requirement, heldOut.own, heldOut.reference, "holdout")]),
      ];
      const missed = counts.reduce((sum, one) => sum + one.missed, 0);
      const runs = counts.reduce((sum, one) => sum + one.runs, 0);
      return `${formatBound(requirement)} (${missed === 0 ? "kept" : `missed in ${missed} of ${runs} runs`})`;
    }),
  ].join(", ");
}

function outcomeCells(
  name: string,
  { reruns }: MadeRates,
  { own, reference, standing }: Outcomes,
  role: Role,
): string[] {
  if (standing === null) return ["-", "failed", ""];
  const [mine, theirs] = [own, reference].map((one) => reruns.byWorld(one, role, name)) as [number[], number[]];
  const [a, b] = [spreadOf(theirs), spreadOf(mine)];
  return [formatSpread(a), formatSpread(b), changeOf(relationOf(mine, theirs), b.median, a.median)];
}

/** Warnings for users of these constants, one sentence each. */
export function recommendationWarnings(
  { header, trials }: StudyAnalysis,
  { tuned, heldOut, reruns, referenceAsSearched }: MadeRates,
): string[] {
  const warnings: string[] = [];
  const kind = subjectKindOf(header);
  const [reference] = trials;
  if (
    reference !== undefined &&
    !isReproduced(header.objectives, reference.runs, referenceAsSearched.runs, reruns.header.objectives)
  ) {
    warnings.push(
      `the values of trial 0 differ from those in the study, which is from balloon-sim ${escapeUnsafe(header.program)}: the tables ` +
        "have the values of this program",
    );
  }
  warnings.push(...standingWarnings(tuned, `the tuning ${kind}s`));
  warnings.push(...missWarnings(reruns, tuned, "tune", `the tuning ${kind}s`));
  if (heldOut === null)
    warnings.push(`no ${kind} was held out: the results of these constants on other ${kind}s are unknown`);
  else {
    warnings.push(...standingWarnings(heldOut, `the held-out ${kind}s`));
    warnings.push(...missWarnings(reruns, heldOut, "holdout", `the held-out ${kind}s`));
  }
  return warnings;
}

/** Whether runs of a study have the same results again, in the objectives that both versions measure. */
function isReproduced(
  names: readonly string[],
  was: readonly TrialRun[],
  is: readonly TrialRun[],
  namesNow: readonly string[],
): boolean {
  return was.every((run) => {
    const again = is.find(({ trace, seed, world }) => trace === run.trace && seed === run.seed && world === run.world);
    if (again === undefined) return true;
    return names.every((name, i) => {
      const now = namesNow.indexOf(name);
      return now < 0 || again.values[now] === run.values[i];
    });
  });
}

function standingWarnings({ standing, own, reference }: Outcomes, where: string): string[] {
  if (standing === null) {
    const error = escapeUnsafe(own.error ?? reference.error ?? "");
    return [`${own.error === null ? "a run of trial 0" : "a run with these constants"} failed on ${where}: ${error}`];
  }
  const { worse, better, missed, mended } = standing;
  if (worse.length + missed.length === 0 && better.length + mended.length > 0) return [];
  return [`on ${where} these constants are ${standingText(standing)}`];
}

/**
 * Missed requirements that the reference misses, too; `standingWarnings` covers those in which the rates are worse than
 * it.
 */
function missWarnings(reruns: Reruns, { own, reference, standing }: Outcomes, role: Role, where: string): string[] {
  if (standing === null) return [];
  return reruns.header.requirements
    .filter((requirement) => !standing.missed.includes(requirement))
    .flatMap((requirement) => {
      const [mine, theirs] = [own, reference].map((one) => reruns.misses(requirement, one, reference, role).missed);
      if (mine === 0) return [];
      const text = `${requirement.objective} ${formatBound(requirement)}`;
      const { runs } = reruns.misses(requirement, own, reference, role);
      return [`${text} is missed in ${mine} of ${runs} runs on ${where} (with trial 0 in ${theirs})`];
    });
}

/** The standing of rates against the reference, in words: `worse than trial 0 in stall_full`. */
export function standingText(standing: Standing | null): string {
  if (standing === null) return "not comparable with trial 0: a run failed";
  const { worse, better, missed, mended } = standing;
  const lost = [...worse, ...missed.map((one) => `${one.objective} (required: ${formatBound(one)})`)];
  const won = [...better, ...mended.map((one) => `${one.objective} (required: ${formatBound(one)})`)];
  const gain = won.length === 0 ? "not better than trial 0 in any goal" : `better than trial 0 in ${won.join(" and ")}`;
  return lost.length === 0 ? `${gain}, worse in no goal or requirement` : `worse than trial 0 in ${lost.join(" and ")}`;
}
