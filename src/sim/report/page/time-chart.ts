/** A chart over time, drawn by uPlot: zoom by dragging or by keys, values at the cursor, a table behind it. */

import uPlot from "uplot";
import type { Seconds } from "../../../common/units.ts";
import type { KillsModel, Panel, PanelLine } from "../model.ts";
import { numberAxis, timeAxis } from "./axes.ts";
import { element, newId } from "./dom.ts";
import { axisUnit, formatQuantity, formatSeconds } from "./format.ts";
import { drawKills } from "./kills.ts";
import { DASHES, Legend } from "./legend.ts";
import { drawMarks, type Mark } from "./marks.ts";
import { stepped } from "./stepped.ts";
import { foldedTable } from "./table.ts";
import { colour, isOnPaper, translucent } from "./theme.ts";
import type { TimeData } from "./time-data.ts";

/** Height of a chart, in CSS pixels. */
const HEIGHT = 260;
/** Space above the highest value, as a factor. */
const HEADROOM = 1.06;

/** The common state of a page's charts: the cursor and the visible time. */
export interface TimeView {
  /** Moves the cursor to a row of the data, or hides it. */
  point(index: number | null): void;
  /** The mouse has left the chart: the cursor goes back to where it was put, or is hidden. */
  leave(): void;
  /** The cursor stays where it is. */
  fix(): void;
  /** Sets the visible time; null: all of it. */
  zoom(range: readonly [Seconds, Seconds] | null): void;
  /** The visible time, in seconds. */
  readonly range: readonly [Seconds, Seconds];
  /** Index of the row at the cursor. */
  readonly index: number | null;
}

/** What may differ between charts. */
export interface ChartOptions {
  /** In CSS pixels. */
  readonly height?: number;
  /** Whether a click puts the cursor, which otherwise follows the mouse and is hidden when it leaves. */
  readonly keepsCursor?: boolean;
}

/** One chart. */
export class TimeChart {
  readonly element: HTMLElement;
  readonly #plot: uPlot;
  readonly #host: HTMLElement;
  readonly #panel: Panel;
  readonly #height: number;
  readonly #details: HTMLDetailsElement;
  #data: TimeData;
  #kills: readonly KillsModel[];
  readonly #legend: Legend;
  #isFollowing = false;
  /** The vertical scale that is kept; null: it follows the data. */
  #held: [number, number] | null = null;
  #least = 0;
  #marks: readonly Mark[] = [];
  /** Called when the chart has been drawn. */
  onDraw: () => void = () => {};

  /** @param kills of the runs with kills; they are marked at the upper edge */
  constructor(
    panel: Panel,
    data: TimeData,
    kills: readonly KillsModel[],
    view: TimeView,
    { height = HEIGHT, keepsCursor = false }: ChartOptions = {},
  ) {
    this.#panel = panel;
    this.#data = data;
    this.#kills = kills;
    this.#height = height;
    this.#details = foldedTable("Table", () => this.#table());
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
      this.#details,
    );
    this.#plot = new uPlot(this.#options(view), this.#aligned(), this.#host);
    this.#plot.over.addEventListener("dblclick", () => view.zoom(null));
    this.#host.addEventListener("mouseleave", () => view.leave());
    if (keepsCursor) this.#plot.over.addEventListener("click", () => view.fix());
  }

  /** The part of the chart within its axes. */
  get over(): HTMLElement {
    return this.#plot.over;
  }

  /** The place of a time and a value, in CSS pixels from the corner of `over`. */
  place(time: Seconds, value: number): { readonly left: number; readonly top: number } {
    return { left: this.#plot.valToPos(time, "x"), top: this.#plot.valToPos(value, "y") };
  }

  /** The time and the value at a place of `over`. */
  valueAt(left: number, top: number): { readonly time: Seconds; readonly value: number } {
    return { time: this.#plot.posToVal(left, "x"), value: this.#plot.posToVal(top, "y") };
  }

  /** Draws other data, of the same curves. */
  setData(data: TimeData, kills: readonly KillsModel[], [min, max]: readonly [Seconds, Seconds]): void {
    this.#data = data;
    this.#kills = kills;
    // An open table is closed: it would show the old numbers.
    this.#details.open = false;
    this.#details.children[1]?.remove();
    this.#follow(() =>
      this.#plot.batch(() => {
        this.#plot.setData(this.#aligned(), false);
        this.#plot.setScale("x", { min, max });
      }),
    );
  }

  /** Keeps the vertical scale as it is, while something is dragged along it. */
  holdScale(isHeld: boolean): void {
    const { min, max } = this.#plot.scales.y ?? {};
    this.#held = isHeld && min != null && max != null ? [min, max] : null;
    if (!isHeld) this.#rescale();
  }

  /** Makes the vertical scale reach at least a value. */
  showAtLeast(value: number): void {
    if (value === this.#least) return;
    this.#least = value;
    this.#rescale();
  }

  #rescale(): void {
    const { min, max } = this.#plot.scales.x ?? {};
    if (min != null && max != null) this.#follow(() => this.#plot.setScale("x", { min, max }));
  }

  /** Marks times, the worst first: it is drawn over the others. */
  setMarks(marks: readonly Mark[]): void {
    this.#marks = marks;
    this.#plot.redraw(false, false);
  }

  /** Forgets the chart. */
  remove(): void {
    this.#plot.destroy();
    this.element.remove();
  }

  #aligned(): uPlot.AlignedData {
    const { times } = this.#data;
    return [times, ...this.#panel.lines.map((line) => this.#data.values(line))] as uPlot.AlignedData;
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
    if (width > 0 && width !== this.#plot.width && !isOnPaper()) this.#plot.setSize({ width, height: this.#height });
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

  #options(view: TimeView): uPlot.Options {
    const { text, size } = axisUnit(this.#panel.quantity);
    return {
      width: 600,
      height: this.#height,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: false },
        y: { range: (_, min, max) => this.#held ?? [Math.min(0, min ?? 0), this.#upperEnd(max ?? 0)] },
      },
      axes: [timeAxis(), numberAxis(text, size, true)],
      series: [{}, ...this.#panel.lines.map((line) => seriesOf(line))],
      hooks: {
        draw: [
          (plot) => {
            drawKills(plot, this.#kills);
            drawMarks(plot, this.#marks);
            this.onDraw();
          },
        ],
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

  /** The end of the vertical scale over a highest value. */
  #upperEnd(max: number): number {
    const highest = Math.max(max, this.#least);
    return highest > 0 ? highest * HEADROOM : 1;
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

/** Opacity of curves behind the others. */
const BEHIND = 0.5;

function seriesOf({ shape, colour: name, dash, isFilled, isBehind, label }: PanelLine): uPlot.Series {
  return {
    label,
    stroke: () => (isBehind ? translucent(name, BEHIND) : colour(name)),
    width: isBehind ? 1.2 : 1.6,
    dash: [...(DASHES[dash] as readonly number[])],
    points: { show: false },
    ...(isFilled ? { fill: () => translucent(name, 0.14) } : {}),
    ...(shape === "line" ? {} : { paths: stepped(shape === "after") }),
  };
}

function nearestValue(values: ArrayLike<number | undefined>, index: number): number | undefined {
  for (let d = 0; d < values.length; d++) {
    const value = values[index - d] ?? values[index + d];
    if (value !== undefined) return value;
  }
  return undefined;
}
