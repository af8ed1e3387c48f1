/** The charts over time of a page: they share the cursor and the zoom. */

import type { Panel, RunsModel } from "../model.ts";
import { byId, write } from "./dom.ts";
import { formatSeconds } from "./format.ts";
import { rowAt } from "./row-at.ts";
import { onThemeChange } from "./theme.ts";
import { type ChartOptions, TimeChart, type TimeView } from "./time-chart.ts";
import type { TimeData } from "./time-data.ts";

/** Zoom factor of one press of a key or button. */
const ZOOM = 2;

/** Charts with common data. The page has the buttons and the texts of `timeControls`. */
export class ChartGroup implements TimeView {
  #charts: TimeChart[] = [];
  #data: TimeData;
  #kills: RunsModel["kills"];
  #all: readonly [number, number];
  readonly #status = byId("time-status");
  range: readonly [number, number];
  index: number | null = null;
  /** Where the cursor was put, in seconds; null: nowhere. */
  fixedTime: number | null = null;
  /** Called when the cursor or the visible time has changed. */
  onChange: () => void = () => {};

  constructor(data: TimeData, kills: RunsModel["kills"]) {
    this.#kills = kills;
    this.#data = data;
    this.#all = extentOf(data);
    this.range = this.#all;
    byId("zoom-in").addEventListener("click", () => this.#zoomBy(1 / ZOOM));
    byId("zoom-out").addEventListener("click", () => this.#zoomBy(ZOOM));
    byId("zoom-all").addEventListener("click", () => this.zoom(null));
    onThemeChange(() => this.#redraw());
    new ResizeObserver(() => this.#redraw()).observe(byId("charts"));
    this.#say();
  }

  /** Adds charts to an element of the page. */
  fill(host: HTMLElement, panels: readonly Panel[], options: ChartOptions = {}): TimeChart[] {
    return panels.map((panel) => {
      const chart = new TimeChart(panel, this.#data, this.#kills, this, options);
      chart.element.addEventListener("keydown", (event) => this.#key(event));
      host.append(chart.element);
      this.#charts.push(chart);
      chart.redraw();
      chart.zoom(this.range);
      // The chart has its scales when it has been drawn, which it does in a microtask.
      queueMicrotask(() => {
        if (this.index !== null) chart.point(this.index);
      });
      return chart;
    });
  }

  /** Removes all charts; the cursor and the visible time stay. */
  clear(): void {
    for (const chart of this.#charts) chart.remove();
    this.#charts = [];
  }

  /** The time at the cursor, in seconds; null without one. */
  get time(): number | null {
    return this.index === null ? null : (this.#data.times[this.index] ?? null);
  }

  /**
   * Replaces the data. The cursor stays at its time, and so does the visible time, unless all was visible.
   * @param draws whether the present charts have these curves, too
   */
  setData(data: TimeData, kills: RunsModel["kills"], draws = true): void {
    const time = this.fixedTime ?? this.time;
    const sawAll = this.range === this.#all;
    this.#data = data;
    this.#kills = kills;
    this.#all = extentOf(data);
    if (sawAll) this.range = this.#all;
    this.index = time === null ? null : this.#indexOf(time);
    if (!draws) return;
    for (const chart of this.#charts) chart.setData(data, kills, this.range);
    if (this.index !== null) for (const chart of this.#charts) chart.point(this.index);
    this.#say();
  }

  /** Puts the cursor to the row before a time, or at it. */
  pointAt(time: number): void {
    this.fixedTime = time;
    this.point(this.#indexOf(time));
  }

  point(index: number | null): void {
    this.index = index;
    for (const chart of this.#charts) chart.point(index);
    this.#say();
  }

  leave(): void {
    if (this.fixedTime === null) this.point(null);
    else this.point(this.#indexOf(this.fixedTime));
  }

  fix(): void {
    this.fixedTime = this.time;
    this.#say();
  }

  zoom(range: readonly [number, number] | null): void {
    this.range = range ?? this.#all;
    for (const chart of this.#charts) chart.zoom(this.range);
    this.#say();
  }

  #redraw(): void {
    for (const chart of this.#charts) chart.redraw();
  }

  #zoomBy(factor: number): void {
    const [from, to] = this.range;
    const [first, last] = this.#all;
    const at = this.index === null ? (from + to) / 2 : (this.#data.times[this.index] as number);
    const span = Math.min((to - from) * factor, last - first);
    const start = Math.max(first, Math.min(at - (at - from) * (span / (to - from)), last - span));
    this.zoom([start, start + span]);
  }

  #key(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLElement) || !event.target.classList.contains("plot")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 10 : 1;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.step(-step),
      ArrowRight: () => this.step(step),
      Home: () => this.#goTo(this.range[0]),
      End: () => this.#goTo(this.range[1]),
      "+": () => this.#zoomBy(1 / ZOOM),
      "=": () => this.#zoomBy(1 / ZOOM),
      "-": () => this.#zoomBy(ZOOM),
      "0": () => this.zoom(null),
      Escape: () => this.zoom(null),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
    if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") this.#sayValues(event.target);
  }

  /** Moves the cursor by rows, and the visible time with it. */
  step(by: number): void {
    if (this.index === null) return this.#goTo(this.range[0]);
    const index = Math.max(0, Math.min(this.#data.times.length - 1, this.index + by));
    this.point(index);
    if (this.fixedTime !== null) this.fix();
    this.#follow(this.#data.times[index] as number);
  }

  /** Moves the visible part so that it contains the cursor. */
  #follow(time: number): void {
    const [from, to] = this.range;
    if (time < from) this.zoom([time, time + (to - from)]);
    else if (time > to) this.zoom([time - (to - from), time]);
  }

  /** Moves the cursor to the first row at a time or after it. */
  #goTo(time: number): void {
    const { times } = this.#data;
    let index = 0;
    while (index + 1 < times.length && (times[index] as number) < time) index++;
    this.point(index);
    if (this.fixedTime !== null) this.fix();
  }

  #indexOf(time: number): number {
    return rowAt(this.#data.times, time);
  }

  #say(): void {
    const [from, to] = this.range;
    const seen = `${formatSeconds(from)} to ${formatSeconds(to)}`;
    const at = this.index === null ? "" : `, at ${formatSeconds(this.#data.times[this.index] as number)}`;
    this.#status.textContent = seen + at;
    (byId("zoom-all") as HTMLButtonElement).disabled = this.range === this.#all;
    this.onChange();
  }

  /** For screen readers: describes the focused chart at the cursor. */
  #sayValues(target: HTMLElement): void {
    const chart = this.#charts.find((one) => one.element.contains(target));
    if (chart !== undefined && this.index !== null) write(byId("spoken"), chart.spoken(this.index));
  }
}

/** The time of all rows. The first row is at the end of the first cycle; the run began at 0. */
function extentOf({ times }: TimeData): readonly [number, number] {
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  return [Math.min(0, from), to > Math.min(0, from) ? to : from + 1];
}
