import { OBJECTIVES } from "../../objectives/index.ts";
import { formatRequirement } from "../../tune/goal.ts";
import { bestIn } from "../../tune/pareto.ts";
import type { StudyAnalysis } from "../../tune/study/analysis.ts";
import { formatTable } from "../table.ts";
import { formatNumber } from "./format-text.ts";

/** Trials of the front that are listed where not all are asked for. */
const LISTED = 12;

/** How many trials are on the front, and what they are worth. */
export function frontLine({ front, outcomes, header, nearest, improvements }: StudyAnalysis): string {
  if (front.length === 0) {
    if (nearest === null) return "none: no trial ran to its end";
    return `none: no trial keeps ${header.requirements.map(formatRequirement).join(" and ")}; trial ${nearest} is nearest`;
  }
  const count =
    front.length === 1 ? "1 trial that no other one dominates" : `${front.length} trials that none dominates`;
  if (outcomes[0]?.isComplete !== true) return `${count}; trial 0 failed, so there is no comparing with it`;
  return `${count}; no worse than trial 0 in any goal: ${improvements.length}`;
}

/**
 * How trial 0 and those of the front did, on the traces that were tuned on and on those that were held out.
 * @param isWhole whether to list the whole front
 */
export function frontTable(analysis: StudyAnalysis, isWhole: boolean): string {
  const { header, front, nearest } = analysis;
  const goals = header.goals.map(({ objective }) => header.objectives.indexOf(objective));
  const names = header.goals.map(({ objective }) => `${objective} (${unitOf(objective)})`);
  const hasHoldout = analysis.judged(0) !== null;
  const head = ["trial", ...names, ...(hasHoldout ? names.map((name) => `judged: ${name}`) : []), ""];

  const chosen = front.length > 0 ? front.map(({ trial }) => trial) : nearest === null ? [] : [nearest];
  const others = chosen.filter((trial) => trial !== 0);
  const listed = isWhole ? others : someOf(others, LISTED, landmarks(analysis));
  const rows = [0, ...listed].map((trial) => {
    const values = analysis.values(trial);
    const judged = analysis.judged(trial);
    const noise = analysis.noise(trial);
    return [
      String(trial),
      ...goals.map(
        (i) => cell(values?.[i]) + (noise === null ? "" : ` ±${Number((noise[i] as number).toPrecision(2))}`),
      ),
      ...(hasHoldout ? goals.map((i) => cell(judged?.[i])) : []),
      notesOf(trial, analysis).join(", "),
    ];
  });
  const align = head.map((_, i) => (i < head.length - 1 ? "right" : "left") as "right" | "left");
  const hidden = others.length - listed.length;
  const more = hidden > 0 ? `... and ${hidden} more trials of the front (--all lists them)\n` : "";
  return formatTable({ head, align }, rows) + more;
}

/** Trials of the front that stand out: the best in each goal, the one that `study best` takes, and the knee. */
export function landmarks({ front, knee, pick, header }: StudyAnalysis): number[] {
  const best = header.goals.map((_, goal) => bestIn(front, goal)?.trial ?? null);
  return [...new Set([...best, pick, knee].filter((trial) => trial !== null))];
}

/** What there is to say of a trial: what it is best in, what it misses. */
export function notesOf(trial: number, analysis: StudyAnalysis): string[] {
  const { header, front, knee, pick, outcomes, trials } = analysis;
  const notes: string[] = [];
  if (trial === 0) notes.push("the rates to compare with");
  header.goals.forEach(({ objective }, goal) => {
    if (bestIn(front, goal)?.trial === trial) notes.push(`best ${objective}`);
  });
  if (trial === pick) notes.push("default pick");
  if (trial === knee) notes.push("knee");
  if (trials[trial]?.state === "failed") notes.push(`failed: ${trials[trial]?.error}`);
  else if ((outcomes[trial]?.violation ?? 0) > 0) notes.push("misses what is required");
  if (analysis.missesWhereJudged(trial) === true) notes.push("misses what is required on a trace held out");
  const error = analysis.judgementError(trial);
  if (error !== null) notes.push(`failed on a trace held out: ${error}`);
  return notes;
}

/** Evenly spread over a list, in its order, with those that must be among them. */
function someOf(list: readonly number[], count: number, always: readonly number[]): number[] {
  if (list.length <= count) return [...list];
  const chosen = new Set(always.filter((one) => list.includes(one)));
  for (let i = 0; i < count && chosen.size < count; i++) {
    chosen.add(list[Math.round((i * (list.length - 1)) / (count - 1))] as number);
  }
  return list.filter((one) => chosen.has(one));
}

const cell = (value: number | undefined): string => (value === undefined ? "-" : formatNumber(value));

const unitOf = (name: string): string => OBJECTIVES.find((objective) => objective.name === name)?.unit ?? "";
