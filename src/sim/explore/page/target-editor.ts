/** The host's target, drawn and dragged on the chart of the memory, or written point by point. */
import { formatTime, type Pages, type Us } from "../../../common/units.ts";
import { formatPages } from "../../report/numbers.ts";
import { byId, element } from "../../report/page/dom.ts";
import type { TimeChart } from "../../report/page/time-chart.ts";
import type { TargetEdit } from "../protocol.ts";
import { fits, moved, type Point, type Reach, snapSteps, timesText, valueAt, withPoint } from "./points.ts";
import { showTargetList } from "./target-list.ts";

/** More points are not dragged one by one. */
const MOST_POINTS = 40;

/** The target as it is, and where its points may be. */
export interface ShownTarget {
  readonly target: TargetEdit;
  /** Whether its points repeat, which a drawn target does not. */
  readonly isRepeating: boolean;
  /** Whether it differs from the trace's. */
  readonly isDrawn: boolean;
  readonly durationUs: Us;
  readonly memory: Pages;
}

/** Handles over the chart, and the list of points beside it. */
export class TargetEditor {
  readonly #change: (target: TargetEdit | null) => void;
  readonly #dropped: () => void;
  readonly #timeAtCursor: () => Us;
  readonly #layer = element("div", { class: "handles" });
  #chart: TimeChart | null = null;
  #shown: ShownTarget | null = null;
  #isDrawing = false;
  /** The handle that is being dragged, which is not replaced meanwhile. */
  #dragged: number | null = null;
  /** The handle that had the focus when they were taken from a chart; -1: none. */
  #focused = -1;

  /**
   * @param change called with each new target; null: the trace's
   * @param dropped called when a point has been dragged
   * @param timeAtCursor where a point is added without a pointer
   */
  constructor(change: (target: TargetEdit | null) => void, dropped: () => void, timeAtCursor: () => Us) {
    this.#change = change;
    this.#dropped = dropped;
    this.#timeAtCursor = timeAtCursor;
    const draw = byId("target-draw");
    draw.addEventListener("click", () => {
      this.#isDrawing = !this.#isDrawing;
      draw.setAttribute("aria-pressed", String(this.#isDrawing));
      this.#showDrawing();
    });
    byId("target-add").addEventListener("click", () => this.#add(this.#timeAtCursor(), null));
    byId("target-reset").addEventListener("click", () => this.#change(null));
    byId("target-anew").addEventListener("click", () => this.#anew());
    const hold = byId("target-hold") as HTMLSelectElement;
    hold.addEventListener("change", () => this.#set({ hold: hold.value as TargetEdit["hold"], points: this.#points }));
  }

  /** Whether a point is being dragged. */
  get isDragging(): boolean {
    return this.#dragged !== null;
  }

  /** The chart goes away: takes the handles from it. */
  detach(): void {
    this.#focused = [...this.#layer.children].indexOf(document.activeElement as Element);
    this.#layer.remove();
    this.#chart = null;
  }

  /** Puts the handles over a chart, and the focus where it was. */
  attach(chart: TimeChart): void {
    this.#chart = chart;
    chart.over.append(this.#layer);
    this.#handle(this.#focused)?.focus({ preventScroll: true });
    this.#focused = -1;
    chart.onDraw = () => this.#place();
    chart.over.addEventListener("click", (event) => {
      if (!this.#isDrawing || event.target !== chart.over) return;
      const { left, top } = chart.over.getBoundingClientRect();
      const { time, value } = chart.valueAt(event.clientX - left, event.clientY - top);
      this.#add(time * 1e6, value);
    });
    this.#showDrawing();
  }

  /** Shows a target. */
  show(shown: ShownTarget): void {
    this.#shown = shown;
    (byId("target-hold") as HTMLSelectElement).value = shown.target.hold;
    for (const id of ["target-hold", "target-add", "target-draw"]) {
      (byId(id) as HTMLButtonElement).disabled = !this.#isEditable;
    }
    byId("target-anew").hidden = this.#isEditable;
    byId("target-reset").hidden = !shown.isDrawn;
    byId("target-about").textContent = this.#about();
    if (this.#dragged === null) this.#makeHandles();
    showTargetList(this.#isEditable ? this.#points : [], {
      write: (index, point) => this.#write(index, point),
      times: (index) => timesText(this.#points, index, this.#reach),
      remove: (index) => this.#remove(index),
    });
    this.#showDrawing();
    this.#place();
  }

  get #points(): readonly Point[] {
    return this.#shown?.target.points ?? [];
  }

  get #isEditable(): boolean {
    const shown = this.#shown;
    return (
      shown !== null &&
      !shown.isRepeating &&
      this.#points.length <= MOST_POINTS &&
      this.#points.every(([, pages]) => !Number.isNaN(pages))
    );
  }

  #about(): string {
    if (this.#isEditable) return "Drag the points on the chart, or write them here.";
    return this.#shown?.isRepeating === true
      ? "The trace's target repeats."
      : `The trace's target has ${this.#points.length} points.`;
  }

  /** The range of the points, and the steps in which they move: those of the chart's pixels. */
  get #reach(): Reach {
    const { durationUs = 0 } = this.#shown ?? {};
    const chart = this.#chart;
    if (chart === null) return { endUs: durationUs, stepUs: 1e6, stepPages: 256 };
    const { clientWidth: width, clientHeight: height } = chart.over;
    const [from, to] = [chart.valueAt(0, height), chart.valueAt(width, 0)];
    const { stepUs, stepPages } = snapSteps(((to.time - from.time) * 1e6) / width, (to.value - from.value) / height);
    return { endUs: Number.isFinite(durationUs) ? durationUs : to.time * 1e6, stepUs, stepPages };
  }

  #set(target: TargetEdit): void {
    this.#change(target);
  }

  #move(index: number, at: Us, pages: Pages): void {
    const { hold } = this.#shown?.target ?? { hold: "step" };
    this.#set({ hold, points: moved(this.#points, index, [at, pages], this.#reach) });
  }

  /** @param pages null: as high as the target is there */
  #add(at: Us, pages: number | null): void {
    const target = this.#shown?.target;
    if (target === undefined || !this.#isEditable) return;
    const points = withPoint(target, at, pages ?? valueAt(target, at), this.#reach);
    this.#set({ ...target, points });
    const added = points.findIndex((point) => !target.points.includes(point));
    this.#handle(added)?.focus();
  }

  #remove(index: number): void {
    const target = this.#shown?.target;
    // The first point is the target at the beginning.
    if (target === undefined || index === 0) return;
    this.#set({ ...target, points: target.points.filter((_, i) => i !== index) });
    this.#handle(index - 1)?.focus();
  }

  #anew(): void {
    const { durationUs = 0, memory = 0 } = this.#shown ?? {};
    const endUs = Number.isFinite(durationUs) ? durationUs : 60e6;
    const part = (share: number) => Math.round((endUs * share) / 1e6) * 1e6;
    const half = Math.floor(memory / 2 / 256) * 256;
    const points = [[0, 0] as const, [part(0.1), half] as const, [part(0.7), 0] as const];
    this.#set({ hold: "step", points: points.filter(([at], i) => i === 0 || at > 0) });
  }

  #handle(index: number): HTMLElement | undefined {
    return this.#layer.children[index] as HTMLElement | undefined;
  }

  #makeHandles(): void {
    const points = this.#isEditable ? this.#points : [];
    const focused = [...this.#layer.children].indexOf(document.activeElement as Element);
    while (this.#layer.children.length > points.length) this.#layer.lastChild?.remove();
    while (this.#layer.children.length < points.length) this.#layer.append(this.#newHandle());
    points.forEach(([at, pages], i) => {
      const text = `Target, point ${i + 1} of ${points.length}: ${formatPages(pages)} from ${formatTime(at)}`;
      this.#handle(i)?.setAttribute("aria-label", text);
    });
    if (focused >= 0) this.#handle(Math.min(focused, points.length - 1))?.focus();
  }

  #newHandle(): HTMLElement {
    const handle = element("button", { type: "button", class: "handle", "aria-describedby": "target-keys" });
    const index = () => [...this.#layer.children].indexOf(handle);
    // The chart would begin to zoom.
    for (const name of ["mousedown", "dblclick", "click"]) handle.addEventListener(name, (e) => e.stopPropagation());
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      this.#dragged = index();
      this.#chart?.holdScale(true);
      handle.focus();
    });
    handle.addEventListener("pointermove", (event) => {
      if (this.#dragged === null || !handle.hasPointerCapture(event.pointerId) || this.#chart === null) return;
      const { left, top } = this.#chart.over.getBoundingClientRect();
      const { time, value } = this.#chart.valueAt(event.clientX - left, event.clientY - top);
      this.#move(this.#dragged, time * 1e6, value);
    });
    // Also where the pointer is let go, and where something else takes it.
    handle.addEventListener("lostpointercapture", () => {
      this.#dragged = null;
      this.#chart?.holdScale(false);
      this.#makeHandles();
      this.#dropped();
    });
    handle.addEventListener("keydown", (event) => this.#key(event, index()));
    return handle;
  }

  #key(event: KeyboardEvent, index: number): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [at, pages] = this.#points[index] as Point;
    const { stepUs, stepPages } = this.#reach;
    const by = event.shiftKey ? 10 : 1;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#move(index, at - by * stepUs, pages),
      ArrowRight: () => this.#move(index, at + by * stepUs, pages),
      ArrowUp: () => this.#move(index, at, pages + by * stepPages),
      ArrowDown: () => this.#move(index, at, pages - by * stepPages),
      Delete: () => this.#remove(index),
      Backspace: () => this.#remove(index),
      Insert: () => this.#add(at + 10 * stepUs, null),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** Puts the handles where their points are; those outside of the visible time are hidden. */
  #place(): void {
    const chart = this.#chart;
    if (chart === null) return;
    const { clientWidth } = chart.over;
    [...this.#layer.children].forEach((handle, i) => {
      const [at, pages] = this.#points[i] ?? [0, 0];
      const { left, top } = chart.place(at / 1e6, pages);
      const { style } = handle as HTMLElement;
      style.left = `${left}px`;
      style.top = `${top}px`;
      style.visibility = left >= -1 && left <= clientWidth + 1 ? "visible" : "hidden";
    });
  }

  #showDrawing(): void {
    const isOn = this.#isDrawing && this.#isEditable;
    this.#chart?.over.classList.toggle("drawing", isOn);
    this.#chart?.showAtLeast(isOn ? (this.#shown?.memory ?? 0) : 0);
  }

  /** Takes a written point; false if it is not valid there. */
  #write(index: number, point: Point): boolean {
    const target = this.#shown?.target;
    if (target === undefined || !fits(target.points, index, point, this.#reach)) return false;
    this.#set({ ...target, points: target.points.map((other, i) => (i === index ? point : other)) });
    return true;
  }
}
