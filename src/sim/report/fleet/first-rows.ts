/** The first rows of a fleet's table, which are visible without scripts. */
import { Html, html } from "../html/html.ts";
import { type Cell, table } from "../html/parts.ts";
import { FLEET_ROWS, type FleetModel, type FleetStrip } from "../model.ts";
import { unpack } from "../unpack.ts";
import { unpackColumn } from "./columns.ts";
import { SPARK_HEIGHT, SPARK_WIDTH, sparkLabel, sparkPath } from "./sparkline.ts";
import { intervalText, stripText } from "./texts.ts";

/** A table of the worst guests. */
export function firstRows(model: FleetModel): Html {
  const columns = model.columns.map(unpackColumn);
  const strip = model.strips[0] as FleetStrip;
  const spark = sparks(model, strip);
  const head: Cell[] = [
    { content: "Guest" },
    ...columns.map(({ title }): Cell => ({ content: title, isNumber: true })),
    { content: strip.title },
  ];
  const shown = model.order.slice(0, FLEET_ROWS);
  const rows = shown.map((run): Cell[] => [
    { content: model.labels[run] as string },
    ...columns.map(({ textOf }): Cell => ({ content: textOf(run), isNumber: true })),
    { content: spark(run) },
  ]);
  return table(`The ${shown.length} worst of ${model.labels.length} guests`, head, rows);
}

/** The curve of each run. */
function sparks({ intervals, lengths, intervalSeconds }: FleetModel, strip: FleetStrip): (run: number) => Html {
  const levels = unpack(strip.levels);
  const most = unpack(strip.most);
  const lengthOf = unpack(lengths);
  return (run) => {
    const from = run * intervals;
    const own = levels.subarray(from, from + (lengthOf[run] as number));
    const mostText = stripText(strip.kind, most[run] as number);
    const label = sparkLabel(own, (i) => intervalText(i, intervalSeconds), mostText);
    const path = sparkPath(own, 255, intervals);
    return html`<svg class="spark" width="${SPARK_WIDTH}" height="${SPARK_HEIGHT}" role="img" aria-label="${label}">${new Html(`<path d="${path}"/>`)}</svg>`;
  };
}
