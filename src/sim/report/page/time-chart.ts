/** A chart over time, drawn by uPlot: zoom by dragging or by keys, values at the cursor, a table behind it. */

import uPlot from "uplot";
import type { Seconds } from "../../../common/units.ts";
import type { KillsModel, Panel, PanelLine } from "../model.ts";
import { numberAxis, timeAxis } from "./axes.ts";
import { element, newId } from "./dom.ts";
import { axisUnit, formatQuantity, formatSeconds } from "./format.ts";
import { drawKills } from "./kills.ts";
import { DASHES, Legend } from "./legend.ts";
import { foldedTable } from "./table.ts";
import { colour, isOnPaper, translucent } from "./theme.ts";
import type { TimeData } from "./time-data.ts";

const HEIGHT = 260;
/** Space above the highest value, as a factor. */
const HEADROOM = 1.06;

/** The common state of a page's charts: the cursor and the visible time. */
export interface TimeView {
  /** Moves the cursor to a row of the data, or hides it. */
  point(index: number | null): void;
  /** Sets the visible time; null: all of it. */
  zoom(range: readonly [Seconds, Seconds] | null): void;
  /** The visible time, in seconds. */
  readonly range: readonly [Seconds, Seconds];
  /** Index of the row at the cursor. */
  readonly index: number | null;
}

/** One chart. */
export class TimeChart {
  readonly element: HTMLElement;
  readonly #plot: uPlot;
  readonly #host: HTMLElement;
  readonly #panel: Panel;
  readonly #data: TimeData;
  readonly #legend: Legend;
  #isFollowing = false;

  /** @param kills of the runs with kills; they are marked at the upper edge */
  constructor(panel: Panel, data: TimeData, kills: readonly KillsModel[], view: TimeView) {
    this.#panel = panel;
    this.#data = data;
    const title = newId("chart");
    this.#legend = new Legend(panel.lines, (i, show) => this.#plot.setSeries(i + 1, { show }));
    this.#host = element("div", {
      class: "plot",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "chart",
      "aria-labelledby": title,
      "aria-describedby": "time-keys",
    });
    this.element = element(
      "figure",
      {},
      element("figcaption", {}, element("h3", { id: title }, panel.title), element("p", {}, panel.meaning)),
      this.#legend.element,
      this.#host,
      foldedTable("Table", () => this.#table()),
    );
    this.#plot = new uPlot(
      this.#options(view, kills),
      [data.times, ...panel.lines.map((line) => data.values(line))] as uPlot.AlignedData,
      this.#host,
    );
    this.#plot.over.addEventListener("dblclick", () => view.zoom(null));
    this.#host.addEventListener("mouseleave", () => view.point(null));
  }

  /** Moves the cursor to a row, or hides it. */
  point(index: number | null): void {
    this.#follow(() => {
      const at = index === null ? undefined : this.#data.times[index];
      if (at === undefined) this.#plot.setCursor({ left: -10, top: -10 });
      else this.#plot.setCursor({ left: this.#plot.valToPos(at, "x"), top: this.#plot.over.clientHeight / 2 });
    });
    this.#legend.setValues(index === null ? [] : this.#texts(index));
  }

  /** Sets the visible time. */
  zoom([min, max]: readonly [Seconds, Seconds]): void {
    this.#follow(() => this.#plot.setScale("x", { min, max }));
  }

  /** Draws again, in the available width and in the present colours. */
  redraw(): void {
    const width = this.#host.clientWidth;
    if (width > 0 && width !== this.#plot.width && !isOnPaper()) this.#plot.setSize({ width, height: HEIGHT });
    else this.#plot.redraw(false, true);
  }

  /** The description of a row for screen readers. */
  spoken(index: number): string {
    const values = this.#texts(index).map((text, i) => `${this.#panel.lines[i]?.label} ${text}`);
    return `${formatSeconds(this.#data.times[index] as number)}: ${values.join(", ")}`;
  }

  /** The value of each curve at a row; if its run has none there, the nearest one. */
  #texts(index: number): string[] {
    return this.#panel.lines.map((line) =>
      formatQuantity(nearestValue(this.#data.values(line), index), this.#panel.quantity),
    );
  }

  /** While another chart sets this one's range, this chart must not notify the others. */
  #follow(action: () => void): void {
    this.#isFollowing = true;
    action();
    // uPlot calls its hooks in a microtask.
    queueMicrotask(() => {
      this.#isFollowing = false;
    });
  }

  #options(view: TimeView, kills: readonly KillsModel[]): uPlot.Options {
    const { text, size } = axisUnit(this.#panel.quantity);
    return {
      width: 600,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: false },
        y: { range: (_, min, max) => [Math.min(0, min ?? 0), (max ?? 0) > 0 ? (max as number) * HEADROOM : 1] },
      },
      axes: [timeAxis(), numberAxis(text, size, true)],
      series: [{}, ...this.#panel.lines.map((line) => seriesOf(line))],
      hooks: {
        draw: [(plot) => drawKills(plot, kills)],
        setCursor: [
          (plot) => {
            if (!this.#isFollowing && plot.cursor.event !== undefined) view.point(plot.cursor.idx ?? null);
          },
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width > 0) view.zoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    };
  }

  #table() {
    const { lines, quantity, title } = this.#panel;
    const { times } = this.#data;
    return {
      caption: title,
      rows: () => times.length,
      columns: [
        {
          title: "Time",
          value: (row: number) => times[row] as number,
          text: (row: number) => formatSeconds(times[row] as number),
          isNumber: true,
        },
        ...lines.map((line) => {
          const values = this.#data.values(line);
          return {
            title: line.label,
            value: (row: number) => values[row] ?? Number.NaN,
            text: (row: number) => formatQuantity(values[row], quantity),
            isNumber: true,
          };
        }),
      ],
    };
  }
}

function seriesOf({ shape, colour: name, dash, isFilled, label }: PanelLine): uPlot.Series {
  const stepped = uPlot.paths.stepped as uPlot.Series.SteppedPathBuilderFactory;
  return {
    label,
    stroke: () => colour(name),
    width: 1.6,
    dash: [...(DASHES[dash] as readonly number[])],
    points: { show: false },
    ...(isFilled ? { fill: () => translucent(name, 0.14) } : {}),
    ...(shape === "line" ? {} : { paths: stepped({ align: shape === "after" ? 1 : -1 }) }),
  };
}

function nearestValue(values: ArrayLike<number | undefined>, index: number): number | undefined {
  for (let d = 0; d < values.length; d++) {
    const value = values[index - d] ?? values[index + d];
    if (value !== undefined) return value;
  }
  return undefined;
}
