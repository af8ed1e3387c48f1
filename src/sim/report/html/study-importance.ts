/** The importance of each constant for each goal, as bars in a table. */
import { formatNumber } from "../numbers.ts";
import type { ReportStudy } from "../study/report-study.ts";
import { type Html, html } from "./html.ts";
import { type Cell, table } from "./parts.ts";

const BAR_WIDTH = 120;
const BAR_HEIGHT = 10;

/** The table; null if there are too few trials. */
export function importanceTable({ analysis, goals, importance }: ReportStudy): Html | null {
  const { parameters } = analysis.header;
  if (importance.every((one) => one === null)) return null;
  const weight = (i: number) => importance.reduce((sum, one) => sum + (one?.shares[i] ?? 0), 0);
  const order = [...parameters.keys()].sort((a, b) => weight(b) - weight(a) || a - b);
  const head: Cell[] = [{ content: "Constant" }, ...goals.map(({ name }): Cell => ({ content: name }))];
  const rows = order.map((i): Cell[] => [
    { content: parameters[i]?.flag ?? "" },
    ...importance.map(
      (one): Cell => ({
        content: one === null ? "–" : bar(one.shares[i] ?? 0, one.matters[i] === true),
      }),
    ),
  ]);
  const together = importance.map((one): Cell => ({ content: one === null ? "–" : bar(one.together, true, "zero") }));
  const fit = importance.map(
    (one): Cell => ({ content: one === null ? "–" : formatNumber(one.fit, 2), className: "soft" }),
  );
  return table("Part of each goal's variance over the searched space that a constant explains by itself", head, [
    ...rows,
    [{ content: "together", className: "soft" }, ...together],
    [{ content: "fit (R²)", className: "soft" }, ...fit],
  ]);
}

function bar(share: number, matters: boolean, colour = "blue"): Html {
  const width = Math.max(0, Math.min(1, share)) * BAR_WIDTH;
  const text = `${formatNumber(Math.round(share * 1000) / 10)} %`;
  return html`<span class="share"><svg class="bar" width="${BAR_WIDTH}" height="${BAR_HEIGHT}" aria-hidden="true"><rect class="rail" width="${BAR_WIDTH}" height="${BAR_HEIGHT}"/><rect class="${matters ? colour : "zero"}" width="${Number(width.toFixed(1))}" height="${BAR_HEIGHT}"/></svg><span class="${matters ? "" : "soft"}">${matters ? text : `${text}, chance`}</span></span>`;
}
