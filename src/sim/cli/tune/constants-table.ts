import { formatRate } from "../../../common/units.ts";
import { DEFAULT_POLICY, POLICIES } from "../../../engine/index.ts";
import type { Importance } from "../../tune/importance.ts";
import type { StudyAnalysis } from "../../tune/study/analysis.ts";
import { specOf } from "../../tune/study/command-line.ts";
import { formatTable } from "../table.ts";
import { landmarks } from "./front-table.ts";

/** Number of trials whose constants are shown side by side. */
const SHOWN = 5;

/** Unit of the constants that are rates. The cycles of the drivers that have some are a second apart. */
const RATE_UNIT = "pages/cycle";

/**
 * The constants that vary: their values in the best trials, those of rates in bytes a second as well, and the share of each goal's variance that they explain.
 * @param importance one a goal
 */
export function constantsTable(analysis: StudyAnalysis, importance: readonly (Importance | null)[]): string {
  const { header, trials } = analysis;
  const shown = landmarks(analysis)
    .filter((trial) => trial !== 0)
    .slice(0, SHOWN);
  const columns = [0, ...shown];
  const head = [
    "constant",
    ...columns.map((trial) => `trial ${trial}`),
    ...header.goals.map(({ objective }) => `share of ${objective}`),
    "range",
  ];
  const params = header.host === undefined ? (POLICIES.get(header.driver ?? "") ?? DEFAULT_POLICY).params : [];
  const valueText = (key: string, value: number | undefined): string =>
    value !== undefined && params.find((spec) => spec.key === key)?.unit === RATE_UNIT
      ? `${value} = ${formatRate(value)}`
      : String(value);
  const rows = header.parameters.map((parameter, i) => [
    parameter.flag,
    ...columns.map((trial) => valueText(parameter.key, trials[trial]?.point[i])),
    ...importance.map((goal) => percent(goal?.shares[i])),
    specOf(parameter),
  ]);
  if (header.parameters.length > 1) {
    rows.push(["together", ...columns.map(() => ""), ...importance.map((goal) => percent(goal?.together)), ""]);
  }
  const align = head.map((_, i) => (i === 0 || i === head.length - 1 ? "left" : "right") as "left" | "right");
  return formatTable({ head, align }, rows);
}

const percent = (share: number | undefined): string => (share === undefined ? "-" : `${(share * 100).toFixed(0)} %`);
