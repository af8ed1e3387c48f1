/** The first rows of a fleet's table, which are visible without scripts. */
import { Html, html } from "../html/html.ts";
import { type Cell, table } from "../html/parts.ts";
import { FLEET_ROWS, type FleetModel, type FleetStrip, type Packed } from "../model.ts";
import { SPARK_HEIGHT, SPARK_WIDTH, sparkLabel, sparkPath } from "./sparkline.ts";
import { columnText, intervalText, stripText } from "./texts.ts";

/** A table of the worst guests. */
export function firstRows(model: FleetModel): Html {
  const values = model.columns.map(({ values: packed }) => numbersOf(packed));
  const strip = model.strips[0] as FleetStrip;
  const head: Cell[] = [
    { content: "Guest" },
    ...model.columns.map(({ title }): Cell => ({ content: title, isNumber: true })),
    { content: strip.title },
  ];
  const shown = model.order.slice(0, FLEET_ROWS);
  const rows = shown.map((run): Cell[] => [
    { content: model.labels[run] as string },
    ...model.columns.map(({ kind }, c): Cell => {
      return { content: columnText(kind, values[c]?.[run] as number), isNumber: true };
    }),
    { content: sparkCell(model, strip, run) },
  ]);
  return table(`The ${shown.length} worst of ${model.labels.length} guests`, head, rows);
}

function sparkCell({ intervals, lengths, intervalSeconds }: FleetModel, strip: FleetStrip, run: number): Html {
  const from = run * intervals;
  const own = numbersOf(strip.levels).subarray(from, from + (numbersOf(lengths)[run] as number));
  const most = numbersOf(strip.most)[run] as number;
  const label = sparkLabel(own, (i) => intervalText(i, intervalSeconds), stripText(strip.kind, most));
  const path = sparkPath(own, 255, intervals);
  return html`<svg class="spark" width="${SPARK_WIDTH}" height="${SPARK_HEIGHT}" role="img" aria-label="${label}">${new Html(`<path d="${path}"/>`)}</svg>`;
}

const TYPES = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

const unpacked = new WeakMap<Packed, InstanceType<(typeof TYPES)[keyof typeof TYPES]>>();

/** The numbers that `pack` packed. */
function numbersOf(packed: Packed): InstanceType<(typeof TYPES)[keyof typeof TYPES]> {
  let numbers = unpacked.get(packed);
  if (numbers === undefined) {
    const bytes = new Uint8Array(Buffer.from(packed.base64, "base64"));
    numbers = new TYPES[packed.type](bytes.buffer);
    unpacked.set(packed, numbers);
  }
  return numbers;
}
