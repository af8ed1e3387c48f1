/** The results of a study, in tables. */
import { formatBound } from "../../tune/goal.ts";
import { markOf, type Relation, type Spread, WITHIN_SPREAD_LEGEND } from "../../tune/spread.ts";
import type { ShownTrial, StudyAnalysis, Where } from "../../tune/study/analysis.ts";
import { specOf } from "../../tune/study/command-line.ts";
import { policyOf } from "../../tune/study/study-space.ts";
import type { StudyHeader } from "../../tune/types.ts";
import { changeText, formatNumber, trialName, verdictOf } from "../numbers.ts";
import { type ReportedGoal, type ReportStudy, unitOf } from "../study/report-study.ts";
import { type Html, html } from "./html.ts";
import { type Cell, table } from "./parts.ts";

/** Maximum number of rows of the front's table; the others are in the table behind the chart. */
const MAX_FRONT_ROWS = 100;

/** Number of digits of a value that differs between worlds. */
const SPREAD_DIGITS = 3;

/** A number with its spread over worlds, or over seeds, if known. */
function valueText({ value = Number.NaN, noise, spread }: Measured): string {
  if (spread !== undefined) {
    const [median, lowest, highest] = [spread.median, spread.lowest, spread.highest].map((one) =>
      formatNumber(one, SPREAD_DIGITS),
    );
    return lowest === highest ? formatNumber(spread.median) : `${median} [${lowest} .. ${highest}]`;
  }
  return `${formatNumber(value)}${noise === undefined ? "" : ` ± ${formatNumber(noise, 2)}`}`;
}

const numberCell = (content: string): Cell => ({ content, isNumber: true });

/** The change from the reference's value, coloured by whether it is an improvement. */
export function changeCell(own: number, reference: number, { better }: Pick<ReportedGoal, "better">): Cell {
  return {
    content: changeText(own, reference),
    isNumber: true,
    className: verdictOf(own, reference, better) ?? "soft",
  };
}

/**
 * The shown trial and the reference, in every objective of the study, on the tuning traces and on the held-out ones.
 */
export function resultTable(study: ReportStudy): Html {
  const { analysis, shown } = study;
  const { header } = analysis;
  const asked = new Set([...header.goals, ...header.requirements].map(({ objective }) => objective));
  const isJudged = analysis.judged(0) !== null && analysis.judged(shown) !== null;
  const heads = comparedHeads(shown);
  const rows = [...asked].map((objective): Cell[] => {
    const i = header.objectives.indexOf(objective);
    const tuned = (trial: number) => measured(analysis, trial, "tuned", i);
    const heldOut = (trial: number) => measured(analysis, trial, "held", i);
    const compared = (of: (trial: number) => Measured) =>
      comparedCells(of(0), shown === 0 ? null : of(shown), study.betterOf(objective));
    return [
      { content: objective },
      { content: unitOf(objective), className: "soft" },
      ...compared(tuned),
      ...(isJudged ? compared(heldOut) : []),
      { content: wishesOf(header, objective), className: "soft" },
    ];
  });
  const head: Cell[] = [
    { content: "Objective" },
    { content: "unit" },
    ...heads.map(numberCell),
    ...(isJudged ? heads.map((text) => numberCell(`held out: ${text}`)) : []),
    { content: "goal or requirement" },
  ];
  return table(resultCaption(study, isJudged) + worldsNote(analysis, rows), head, rows);
}

/** The shown trial in the caption of a table. */
const SHOWN_AS = {
  pick: "The default pick, which is worse than the reference in no goal,",
  knee: "The knee of the front",
  gain: "The trial with the largest gain, which is worse than the reference in a goal,",
  nearest: "The trial that misses the requirements by the least",
  reference: "The reference",
} as const satisfies Record<ShownTrial["as"], string>;

function resultCaption({ analysis, shown }: ReportStudy, isJudged: boolean): string {
  const where = isJudged ? ", on the tuning traces and on the held-out traces" : "";
  if (shown === 0) return `The reference${where}`;
  return `${SHOWN_AS[analysis.shown.as]} compared with the reference${where}`;
}

/** A value, with its spread over seeds and over worlds, if known. */
interface Measured {
  readonly value: number | undefined;
  readonly noise?: number | undefined;
  readonly spread?: Spread | undefined;
  /** Its relation to the reference; absent if there is one world only. */
  readonly relation?: Relation | undefined;
}

/** A trial's value in an objective: in the worlds that judged it, if there are several; else in the search. */
function measured(analysis: StudyAnalysis, trial: number, where: Where, objective: number): Measured {
  const spread = analysis.spreads(trial, where)?.[objective];
  const relation = analysis.relations(trial, where)?.[objective];
  if (spread !== undefined) return { value: spread.median, spread, relation };
  if (where === "held") return { value: analysis.judged(trial)?.[objective] };
  return { value: analysis.values(trial)?.[objective], noise: analysis.noise(trial)?.[objective] };
}

/** The change of a trial from the reference; a mark if it is within the spread of the worlds. */
function comparedCell(own: Measured, reference: Measured, better: "less" | "more"): Cell {
  const [a = Number.NaN, b = Number.NaN] = [reference.value, own.value];
  const mark = worldsMark(own);
  if (mark !== null) return { content: mark, isNumber: true, className: "soft" };
  if (own.relation === undefined) return changeCell(b, a, { better });
  // Values may really differ although their medians are equal.
  return {
    content: a !== b ? changeText(b, a) : own.relation === ">" ? "+0 %" : "−0 %",
    isNumber: true,
    className: (own.relation === "<") === (better === "less") ? "win" : "loss",
  };
}

/** The mark of a value that does not really differ from the reference; null if it does, or for one world. */
const worldsMark = ({ relation }: Measured) => (relation === undefined ? null : markOf(relation));

/** The part of a caption about worlds: the meaning of the numbers, and of the mark if it occurs. */
function worldsNote(analysis: StudyAnalysis, rows: readonly (readonly Cell[])[]): string {
  const { judgedWorlds, worlds } = analysis.header;
  const isHeldOut = analysis.judged(0) !== null;
  const search = `the search's own values${isHeldOut ? " on the tuning traces" : ""}`;
  if (analysis.spreads(0, "tuned") === null && analysis.spreads(0, "held") === null) return `; ${search}`;
  const where = analysis.isJudgedInWorlds
    ? `${judgedWorlds} worlds that the search has not used`
    : `${worlds} worlds, ${search}`;
  const isMarked = rows.some((row) => row.some(({ content }) => String(content).endsWith("~")));
  const mark = isMarked ? `; ${WITHIN_SPREAD_LEGEND}` : "";
  return `; median [lowest .. highest] of ${where}${mark}`;
}

/** Headings of a comparison; the reference alone if no other trial is shown. */
const comparedHeads = (shown: number): string[] =>
  shown === 0 ? ["reference"] : ["reference", trialName(shown), "change"];

function comparedCells(reference: Measured, own: Measured | null, better: "less" | "more"): Cell[] {
  const first = numberCell(valueText(reference));
  return own === null ? [first] : [first, numberCell(valueText(own)), comparedCell(own, reference, better)];
}

/** The goal and the requirements of an objective: `minimize`, `== 0`. */
function wishesOf({ goals, requirements }: StudyHeader, name: string): string {
  const isOf = ({ objective }: { readonly objective: string }) => objective === name;
  return [...goals.filter(isOf).map(({ direction }) => direction), ...requirements.filter(isOf).map(formatBound)].join(
    ", ",
  );
}

/** The constants: their values in the reference and in the shown trial, and their ranges. */
export function constantsTable({ analysis, shown }: ReportStudy): Html {
  const { header, trials } = analysis;
  const head: Cell[] = [
    { content: "Constant" },
    { content: "unit" },
    ...comparedHeads(shown).map(numberCell),
    { content: "searched" },
    { content: "meaning" },
  ];
  const rows = header.parameters.map((parameter, i): Cell[] => {
    const param = policyOf(header).params.find(({ key }) => key === parameter.key);
    const [reference, own] = [trials[0]?.point[i] ?? Number.NaN, trials[shown]?.point[i] ?? Number.NaN];
    const change: Cell = { content: changeText(own, reference), isNumber: true, className: "soft" };
    return [
      { content: parameter.flag },
      { content: param?.unit ?? "", className: "soft" },
      numberCell(formatNumber(reference)),
      ...(shown === 0 ? [] : [numberCell(formatNumber(own)), change]),
      { content: specOf(parameter), className: "soft" },
      { content: param?.meaning ?? "", className: "wrap soft" },
    ];
  });
  return table("The varied constants", head, rows);
}

/** The front, a row per trial; choosing one shows it in the charts. */
export function frontTable(study: ReportStudy): Html {
  const { analysis, goals } = study;
  const { front, header, trials, next } = analysis;
  const isJudged = analysis.judged(0) !== null;
  const members = [0, ...front.map(({ trial }) => trial).filter((trial) => trial !== 0), ...next];
  const listed = members.slice(0, MAX_FRONT_ROWS);
  const head: Cell[] = [
    { content: "Trial" },
    ...goals.flatMap(({ name, unit }) => [numberCell(`${name}, ${unit}`), numberCell("change")]),
    ...(isJudged ? goals.map(({ name }) => numberCell(`held out: ${name}`)) : []),
    ...header.parameters.map(({ flag }) => numberCell(flag)),
  ];
  const rows = listed.map((trial): Cell[] => {
    const notes = [
      ...(trial === 0 ? ["reference"] : []),
      ...(next.includes(trial) ? ["dominated in the search"] : []),
      ...(trial !== 0 && analysis.fallOf(trial) !== null ? ["does not stand in other worlds"] : []),
      ...analysis.labelsOf(trial),
    ];
    return [
      { content: [trial, ...notes].join(", ") },
      ...goals.flatMap(({ index, better }): Cell[] => {
        const [own, reference] = [trial, 0].map((one) => measured(analysis, one, "tuned", index)) as [
          Measured,
          Measured,
        ];
        return [
          numberCell(valueText({ ...own, noise: undefined })),
          trial === 0 ? numberCell("") : comparedCell(own, reference, better),
        ];
      }),
      ...(isJudged
        ? goals.map(({ index, better }): Cell => {
            const [own, reference] = [trial, 0].map((one) => measured(analysis, one, "held", index)) as [
              Measured,
              Measured,
            ];
            const { className = "" } = comparedCell(own, reference, better);
            const mark = trial === 0 ? null : worldsMark(own);
            const failed = analysis.judgementError(trial) === null ? "" : " (failed)";
            return {
              content: `${valueText(own)}${mark === null ? "" : ` ${mark}`}${failed}`,
              isNumber: true,
              className: trial === 0 ? "" : className,
            };
          })
        : []),
      ...(trials[trial]?.point ?? []).map((constant) => numberCell(formatNumber(constant))),
    ];
  });
  const hidden = members.length - listed.length;
  const more = hidden > 0 ? `; ${hidden} more are in the table of all trials` : "";
  const behind =
    next.length === 0
      ? ""
      : `; then the ${next.length} next best trials, judged because no trial of the front is an improvement`;
  return html`<details${listed.length <= 12 ? html` open` : null}><summary>The front as a table</summary>${table(
    `The reference, and the trials that no other one dominates${behind}${more}${worldsNote(analysis, rows)}`,
    head,
    rows,
    (row) => listed[row] ?? null,
  )}</details>`;
}
