/** What a study found, in tables. */
import { RATE_FIELDS } from "../../../engine/index.ts";
import { formatBound } from "../../tune/goal.ts";
import type { ShownTrial } from "../../tune/study/analysis.ts";
import { specOf } from "../../tune/study/command-line.ts";
import type { StudyHeader } from "../../tune/types.ts";
import { changeText, formatNumber, trialName, verdictOf } from "../numbers.ts";
import { type ReportedGoal, type ReportStudy, unitOf } from "../study/report-study.ts";
import { type Html, html } from "./html.ts";
import { type Cell, table } from "./parts.ts";

/** Rows of the front beyond these are behind the chart only. */
const MAX_FRONT_ROWS = 100;

/** A number with what one seed more or less makes of it, where that is known. */
const value = (number: number | undefined, noise?: number): string =>
  `${formatNumber(number ?? Number.NaN)}${noise === undefined ? "" : ` ± ${formatNumber(noise, 2)}`}`;

const numberCell = (content: string): Cell => ({ content, isNumber: true });

/** By how much a value differs from the reference's, coloured by whether that is better. */
export function changeCell(own: number, reference: number, { better }: Pick<ReportedGoal, "better">): Cell {
  return {
    content: changeText(own, reference),
    isNumber: true,
    className: verdictOf(own, reference, better) ?? "soft",
  };
}

/** The shown trial against the reference, in every objective that the study asks about, where it was tuned and where not. */
export function resultTable(study: ReportStudy): Html {
  const { analysis, shown } = study;
  const { header } = analysis;
  const asked = new Set([...header.goals, ...header.requirements].map(({ objective }) => objective));
  const isJudged = analysis.judged(0) !== null && analysis.judged(shown) !== null;
  const heads = comparedHeads(shown);
  const rows = [...asked].map((objective): Cell[] => {
    const i = header.objectives.indexOf(objective);
    const tuned = (trial: number) => ({ value: analysis.values(trial)?.[i], noise: analysis.noise(trial)?.[i] });
    const heldOut = (trial: number) => ({ value: analysis.judged(trial)?.[i] });
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
    { content: "asked for" },
  ];
  return table(resultCaption(study, isJudged), head, rows);
}

/** What the shown trial is, as a table's caption names it. */
const SHOWN_AS = {
  pick: "The trial that study best takes, worse than the reference in no goal,",
  knee: "The knee of the front",
  gain: "The trial of the front that gains most in sum, worse than the reference in a goal,",
  nearest: "The trial that misses least of what is required",
  reference: "The reference",
} as const satisfies Record<ShownTrial["as"], string>;

function resultCaption({ analysis, shown }: ReportStudy, isJudged: boolean): string {
  const where = isJudged ? ", on the traces tuned on and on those held out" : "";
  if (shown === 0) return `The reference${where}`;
  return `${SHOWN_AS[analysis.shown.as]} against the reference${where}`;
}

/** A value, and how far it varies from seed to seed where that is known. */
interface Measured {
  readonly value: number | undefined;
  readonly noise?: number | undefined;
}

/** Where no other trial can be shown there is nothing to compare the reference with. */
const comparedHeads = (shown: number): string[] =>
  shown === 0 ? ["reference"] : ["reference", trialName(shown), "change"];

function comparedCells(reference: Measured, own: Measured | null, better: "less" | "more"): Cell[] {
  const first = numberCell(value(reference.value, reference.noise));
  if (own === null) return [first];
  const [a = Number.NaN, b = Number.NaN] = [reference.value, own.value];
  return [first, numberCell(value(own.value, own.noise)), changeCell(b, a, { better })];
}

/** What a study asks of an objective: `minimize`, `== 0`. */
function wishesOf({ goals, requirements }: StudyHeader, name: string): string {
  const isOf = ({ objective }: { readonly objective: string }) => objective === name;
  return [...goals.filter(isOf).map(({ direction }) => direction), ...requirements.filter(isOf).map(formatBound)].join(
    ", ",
  );
}

/** The constants: what they were, what they are in the shown trial, what they might have been. */
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
    const field = RATE_FIELDS.find(({ key }) => key === parameter.key);
    const [reference, own] = [trials[0]?.point[i] ?? Number.NaN, trials[shown]?.point[i] ?? Number.NaN];
    const change: Cell = { content: changeText(own, reference), isNumber: true, className: "soft" };
    return [
      { content: parameter.flag },
      { content: field?.unit ?? "", className: "soft" },
      numberCell(formatNumber(reference)),
      ...(shown === 0 ? [] : [numberCell(formatNumber(own)), change]),
      { content: specOf(parameter), className: "soft" },
      { content: field?.meaning ?? "", className: "wrap soft" },
    ];
  });
  return table("The constants that moved", head, rows);
}

/** The front, a row a trial; choosing one shows it in the charts. */
export function frontTable(study: ReportStudy): Html {
  const { analysis, goals } = study;
  const { front, header, trials, knee, pick } = analysis;
  const isJudged = analysis.judged(0) !== null;
  const members = [0, ...front.map(({ trial }) => trial).filter((trial) => trial !== 0)];
  const listed = members.slice(0, MAX_FRONT_ROWS);
  const reference = analysis.values(0);
  const judgedReference = analysis.judged(0);
  const head: Cell[] = [
    { content: "Trial" },
    ...goals.flatMap(({ name, unit }) => [numberCell(`${name}, ${unit}`), numberCell("change")]),
    ...(isJudged ? goals.map(({ name }) => numberCell(`held out: ${name}`)) : []),
    ...header.parameters.map(({ flag }) => numberCell(flag)),
  ];
  const rows = listed.map((trial): Cell[] => {
    const own = analysis.values(trial);
    const judged = analysis.judged(trial);
    const names = [
      [trial === 0, "reference"],
      [trial === pick, "default pick"],
      [trial === knee, "knee"],
    ] as const;
    const notes = names.flatMap(([is, name]) => (is ? [name] : []));
    return [
      { content: [trial, ...notes].join(", ") },
      ...goals.flatMap((goal): Cell[] => [
        numberCell(value(own?.[goal.index])),
        trial === 0
          ? numberCell("")
          : changeCell(own?.[goal.index] ?? Number.NaN, reference?.[goal.index] ?? Number.NaN, goal),
      ]),
      ...(isJudged
        ? goals.map((goal): Cell => {
            const [a, b] = [judged?.[goal.index] ?? Number.NaN, judgedReference?.[goal.index] ?? Number.NaN];
            const { className } = changeCell(a, b, goal);
            const failed = analysis.judgementError(trial) === null ? "" : " (failed)";
            return { content: `${value(a)}${failed}`, isNumber: true, className: trial === 0 ? "" : (className ?? "") };
          })
        : []),
      ...(trials[trial]?.point ?? []).map((constant) => numberCell(formatNumber(constant))),
    ];
  });
  const hidden = members.length - listed.length;
  const more = hidden > 0 ? `; ${hidden} more are in the table of all trials` : "";
  return html`<details${listed.length <= 12 ? html` open` : null}><summary>The front as a table</summary>${table(
    `The reference, and the trials that no other one dominates${more}`,
    head,
    rows,
    (row) => listed[row] ?? null,
  )}</details>`;
}
