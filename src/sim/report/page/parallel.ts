/** All constants and goals side by side, one line per trial: dragging along an axis filters the trials. */

import { formatNumber } from "../numbers.ts";
import { element } from "./dom.ts";
import { type Scale, scaleOf, tickText } from "./scale.ts";
import { colour, isOnPaper, onThemeChange, translucent } from "./theme.ts";
import { REFERENCE, type Selection, type Variable } from "./trials.ts";
import { whenSeen } from "./when-seen.ts";

const HEIGHT = 380;
const TOP = 44;
const BOTTOM = 16;
const SIDE = 46;
/** Minimum distance of two axes, and of two texts side by side. In a narrower window the picture scrolls. */
const MIN_GAP = 92;
const TEXT_GAP = 12;
/** Distance of an axis' numbers from its line. */
const TICK_INDENT = 8;
/** Maximum number of ticks of an axis. */
const MOST_TICKS = 6;
const FONT = "12px system-ui, sans-serif";
/** Distance of the mouse from an axis for filtering, and from a line for choosing it, in CSS pixels. */
const REACH = 16;

interface Axis {
  readonly variable: Variable;
  readonly scale: Scale;
  /** The text under its name. */
  readonly note: string;
}

/** The space of an axis' texts, in CSS pixels: to either side of its line above it, and to the right beside it. */
export interface AxisTexts {
  readonly half: number;
  readonly ticks: number;
}

/**
 * The minimum width of the picture, and its margins on the left and on the right, so that texts do not touch each other
 * or the edge.
 */
export function roomOf(axes: readonly AxisTexts[]): { left: number; right: number; width: number } {
  const last = axes.at(-1) as AxisTexts;
  const left = Math.max(SIDE, (axes[0] as AxisTexts).half);
  const right = Math.max(SIDE, last.half, last.ticks + TICK_INDENT);
  const gap = axes.slice(1).reduce((most, { half }, i) => {
    const before = axes[i] as AxisTexts;
    return Math.max(most, before.half + half + TEXT_GAP, TICK_INDENT + before.ticks + TEXT_GAP);
  }, MIN_GAP);
  return { left, right, width: left + gap * (axes.length - 1) + right };
}

/** The chart. */
export class ParallelCoordinates {
  readonly element: HTMLElement;
  readonly #canvas = element("canvas");
  readonly #host: HTMLElement;
  readonly #selection: Selection;
  readonly #axes: readonly Axis[];
  /** The space of the texts. */
  readonly #room: ReturnType<typeof roomOf>;
  #width = 0;
  /** The picture without the selected trial, so that selecting another trial does not draw all lines again. */
  #backdrop: HTMLCanvasElement | null = null;
  #drag: { readonly axis: number; readonly from: number } | null = null;

  constructor(variables: readonly Variable[], selection: Selection) {
    this.#selection = selection;
    const isComparable = (trial: number) => selection.trials.isComparable(trial);
    this.#axes = variables.map((variable) => {
      const better = variable.better === null ? "" : variable.better === "less" ? "↓ better" : "↑ better";
      const note = [variable.unit, better].filter((text) => text !== "").join(", ");
      return { variable, scale: scaleOf(variable, isComparable), note };
    });
    const ctx = this.#canvas.getContext("2d") as CanvasRenderingContext2D;
    ctx.font = FONT;
    const widest = (...texts: readonly string[]) => Math.max(0, ...texts.map((text) => ctx.measureText(text).width));
    this.#room = roomOf(
      this.#axes.map(({ variable, scale, note }) => ({
        half: widest(variable.name, note) / 2,
        ticks: widest(...ticksOf(scale).map((at) => tickText(scale, at))),
      })),
    );
    this.#host = element(
      "div",
      {
        class: "plot parallel",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "parallel coordinates",
        "aria-label": `Parallel coordinates of ${variables.map(({ name }) => name).join(", ")}`,
        "aria-describedby": "parallel-keys",
      },
      this.#canvas,
    );
    this.element = this.#host;
    this.#canvas.addEventListener("pointerdown", (event) => this.#press(event));
    this.#canvas.addEventListener("pointermove", (event) => this.#move(event));
    this.#canvas.addEventListener("pointerup", (event) => this.#release(event));
    this.#host.addEventListener("keydown", (event) => this.#key(event));
    whenSeen(this.#host, () => {
      this.#resize();
      new ResizeObserver(() => this.#resize()).observe(this.#host);
    });
    selection.onTrial(() => this.#draw());
    selection.onFilter(() => this.#redraw());
    onThemeChange(() => this.#redraw());
  }

  #x(axis: number): number {
    const { length } = this.#axes;
    const { left, right } = this.#room;
    return length === 1 ? this.#width / 2 : left + ((this.#width - left - right) * axis) / (length - 1);
  }

  #y({ scale }: Axis, value: number): number {
    const [low, high] = scale.extent;
    return HEIGHT - BOTTOM - ((scale.place(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  }

  #valueAt({ scale }: Axis, y: number): number {
    const [low, high] = scale.extent;
    return scale.value(low + ((HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM)) * (high - low));
  }

  #resize(): void {
    const width = Math.max(this.#host.clientWidth, Math.ceil(this.#room.width));
    if (width === this.#width || this.#host.clientWidth === 0 || (isOnPaper() && this.#width > 0)) return;
    this.#width = width;
    this.#redraw();
  }

  #redraw(): void {
    this.#backdrop = null;
    this.#draw();
  }

  #draw(): void {
    if (this.#width === 0) return;
    const ratio = devicePixelRatio;
    const size = { width: Math.round(this.#width * ratio), height: Math.round(HEIGHT * ratio) };
    this.#backdrop ??= this.#drawBackdrop(size, ratio);
    Object.assign(this.#canvas, size);
    this.#canvas.style.width = `${this.#width}px`;
    this.#canvas.style.height = `${HEIGHT}px`;
    const ctx = this.#canvas.getContext("2d") as CanvasRenderingContext2D;
    ctx.drawImage(this.#backdrop, 0, 0);
    ctx.scale(ratio, ratio);
    this.#drawSelected(ctx);
  }

  #drawBackdrop(size: { readonly width: number; readonly height: number }, ratio: number): HTMLCanvasElement {
    const canvas = Object.assign(element("canvas"), size);
    const ctx = canvas.getContext("2d") as CanvasRenderingContext2D;
    ctx.scale(ratio, ratio);
    const { trials } = this.#selection;
    const visible = Array.from({ length: trials.count }, (_, trial) => trial).filter((trial) =>
      this.#selection.isVisible(trial),
    );
    const others = drawnLines(visible.filter((trial) => !trials.isOnFront(trial) && trial !== REFERENCE));
    const front = visible.filter((trial) => trials.isOnFront(trial) && trial !== REFERENCE);
    this.#drawLines(ctx, others, translucent("soft", crowdAlpha(others.length, 60, 0.3)), 1);
    this.#drawLines(ctx, front, translucent("blue", crowdAlpha(front.length, 40, 0.6)), 1.3);
    if (this.#selection.isVisible(REFERENCE)) {
      ctx.setLineDash([5, 4]);
      this.#drawLines(ctx, [REFERENCE], colour("vermilion"), 2);
      ctx.setLineDash([]);
    }
    for (const [i, axis] of this.#axes.entries()) this.#drawAxis(ctx, axis, i);
    return canvas;
  }

  #drawLines(ctx: CanvasRenderingContext2D, members: readonly number[], stroke: string, width: number): void {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    // One path per trial: crossing lines of one path would not add up.
    for (const trial of members) {
      ctx.beginPath();
      for (const [i, axis] of this.#axes.entries()) {
        ctx.lineTo(this.#x(i), this.#y(axis, axis.variable.values[trial] as number));
      }
      ctx.stroke();
    }
  }

  #drawAxis(ctx: CanvasRenderingContext2D, axis: Axis, i: number): void {
    const { scale, variable, note } = axis;
    const x = this.#x(i);
    ctx.strokeStyle = colour("zero");
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(x, TOP);
    ctx.lineTo(x, HEIGHT - BOTTOM);
    ctx.stroke();
    ctx.font = FONT;
    ctx.textAlign = "center";
    ctx.fillStyle = colour("ink");
    ctx.fillText(variable.name, x, 14);
    ctx.fillStyle = colour("soft");
    ctx.fillText(note, x, 30);
    ctx.textAlign = "left";
    for (const at of ticksOf(scale)) {
      const y = this.#y(axis, scale.value(at));
      const text = tickText(scale, at);
      ctx.fillStyle = translucent("ground", 0.75);
      const width = ctx.measureText(text).width + 4;
      ctx.fillRect(x + TICK_INDENT - 2, y - 7, width, 14);
      ctx.fillStyle = colour("soft");
      ctx.fillRect(x - 3, y - 0.5, 6, 1);
      ctx.fillText(text, x + TICK_INDENT, y + 4);
    }
    const filter = this.#selection.filter(variable);
    if (filter === null) return;
    const [top, bottom] = [this.#y(axis, filter[1]), this.#y(axis, filter[0])];
    ctx.fillStyle = translucent("blue", 0.3);
    ctx.fillRect(x - 6, Math.max(top, TOP), 12, Math.min(bottom, HEIGHT - BOTTOM) - Math.max(top, TOP));
  }

  #drawSelected(ctx: CanvasRenderingContext2D): void {
    const { trial, trials } = this.#selection;
    if (!trials.isComparable(trial)) return;
    this.#drawLines(ctx, [trial], colour("ground"), 5);
    this.#drawLines(ctx, [trial], colour("ink"), 2.4);
    ctx.fillStyle = colour("ink");
    this.#axes.forEach((axis, i) => {
      ctx.beginPath();
      ctx.arc(this.#x(i), this.#y(axis, axis.variable.values[trial] as number), 3.5, 0, 2 * Math.PI);
      ctx.fill();
    });
  }

  #axisAt(x: number): number | null {
    const i = this.#axes.findIndex((_, axis) => Math.abs(this.#x(axis) - x) <= REACH);
    return i === -1 ? null : i;
  }

  #press(event: PointerEvent): void {
    const axis = this.#axisAt(event.offsetX);
    if (axis === null) return this.#choose(event.offsetX, event.offsetY);
    this.#drag = { axis, from: event.offsetY };
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    this.#canvas.style.cursor = this.#axisAt(event.offsetX) === null ? "default" : "ns-resize";
    if (this.#drag === null || Math.abs(event.offsetY - this.#drag.from) < 3) return;
    const axis = this.#axes[this.#drag.axis] as Axis;
    const [a, b] = [this.#valueAt(axis, this.#drag.from), this.#valueAt(axis, event.offsetY)];
    this.#selection.setFilter(axis.variable, [Math.min(a, b), Math.max(a, b)]);
  }

  /** A click on an axis removes its filter. */
  #release(event: PointerEvent): void {
    if (this.#drag !== null && Math.abs(event.offsetY - this.#drag.from) < 3) {
      this.#selection.setFilter((this.#axes[this.#drag.axis] as Axis).variable, null);
    }
    this.#drag = null;
  }

  /** Selects the trial with the nearest line. */
  #choose(x: number, y: number): void {
    const right = this.#axes.findIndex((_, i) => this.#x(i) > x);
    if (right <= 0) return;
    const [a, b] = [this.#axes[right - 1] as Axis, this.#axes[right] as Axis];
    const part = (x - this.#x(right - 1)) / (this.#x(right) - this.#x(right - 1));
    const { trials } = this.#selection;
    let nearest: number | null = null;
    let least = REACH;
    for (let trial = 0; trial < trials.count; trial++) {
      if (!this.#selection.isVisible(trial)) continue;
      const from = this.#y(a, a.variable.values[trial] as number);
      const to = this.#y(b, b.variable.values[trial] as number);
      // Emphasized lines are easier to select.
      const distance =
        Math.abs(from + (to - from) * part - y) * (trials.isOnFront(trial) || trial === REFERENCE ? 0.5 : 1);
      if (distance < least) [nearest, least] = [trial, distance];
    }
    if (nearest !== null) this.#selection.trial = nearest;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.#selection.clearFilters();
    else if (step !== undefined) this.#step(step);
    else return;
    event.preventDefault();
  }

  /** Selects the next trial of the front that passes the filters. */
  #step(by: number): void {
    const { trials, trial } = this.#selection;
    const order = [REFERENCE, ...trials.front].filter(
      (one, i, all) => this.#selection.isVisible(one) && all.indexOf(one) === i,
    );
    const here = order.indexOf(trial);
    // From a trial that is not on the front, to its first trial, or backwards to its last.
    const next = order[((here === -1 && by < 0 ? 0 : here) + by + order.length) % order.length];
    if (next !== undefined) this.#selection.trial = next;
  }
}

const ticksOf = (scale: Scale): number[] => scale.ticks(...scale.extent, MOST_TICKS);

/** Maximum number of lines of trials beside the front: more would be a grey area. */
const MAX_LINES = 4000;

/** The distance of the trials beside the front that are drawn as lines, by their number. */
export const lineStep = (count: number): number => Math.max(1, Math.ceil(count / MAX_LINES));

const drawnLines = (members: readonly number[]): number[] => {
  const step = lineStep(members.length);
  return members.filter((_, i) => i % step === 0);
};

/** Opacity of a line: lower for more lines, so that dense areas remain visible. */
const crowdAlpha = (count: number, many: number, most: number): number =>
  Math.max(0.03, Math.min(most, many / Math.max(count, 1)));

/** Two sliders for each axis, which filter like dragging along it: for keyboards and screen readers. */
export function filterControls(variables: readonly Variable[], selection: Selection): HTMLElement {
  const steps = 100;
  const isComparable = (trial: number) => selection.trials.isComparable(trial);
  const rows = variables.map((variable) => {
    const scale = scaleOf(variable, isComparable);
    const [low, high] = scale.extent;
    const at = (step: number) => scale.value(low + ((high - low) * step) / steps);
    const slider = (label: string, value: number) =>
      element("input", { type: "range", min: 0, max: steps, value, "aria-label": `${variable.name}: ${label}` });
    const [from, to] = [slider("at least", 0), slider("at most", steps)];
    const change = () => {
      const [a, b] = [Math.min(+from.value, +to.value), Math.max(+from.value, +to.value)];
      selection.setFilter(variable, a === 0 && b === steps ? null : [at(a), at(b)]);
    };
    const text = element("td", { class: "n" });
    const show = () => {
      const filter = selection.filter(variable);
      text.textContent = filter === null ? "all" : `${formatNumber(filter[0], 3)} to ${formatNumber(filter[1], 3)}`;
      if (filter === null) [from.value, to.value] = ["0", String(steps)];
    };
    for (const input of [from, to]) input.addEventListener("input", change);
    selection.onFilter(show);
    show();
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, variable.name),
      element("td", {}, from),
      element("td", {}, to),
      text,
    );
  });
  const head = element(
    "tr",
    {},
    ...["", "At least", "At most", "Shown"].map((title) => element("th", { scope: "col" }, title)),
  );
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}
