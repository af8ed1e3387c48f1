/** Trials as points of two variables, drawn by uPlot: zoom by dragging or by keys, and the trial behind each point. */
import uPlot from "uplot";
import { formatNumber } from "../numbers.ts";
import { axisLook } from "./axes.ts";
import { element } from "./dom.ts";
import { type Bar, drawBars, drawFront, drawPoints, POINT_GROUPS } from "./points.ts";
import { type Scale, scaleOf, tickText } from "./scale.ts";
import { isOnPaper, onThemeChange } from "./theme.ts";
import { type Group, REFERENCE, type Selection, type Variable } from "./trials.ts";
import { whenSeen } from "./when-seen.ts";

/** Maximum distance of the mouse from a point, in CSS pixels. */
const REACH = 24;
/** Minimum movement of a pressed mouse that counts as dragging, in CSS pixels. */
const DRAG = 3;
const ZOOM = 2;

/** The options of a scatter chart. */
export interface ScatterOptions {
  readonly height: number;
  readonly label: string;
}

/** A chart of two variables. */
export class Scatter {
  readonly element: HTMLDivElement;
  readonly #selection: Selection;
  readonly #options: ScatterOptions;
  readonly #ring = element("div", { class: "ring", hidden: true });
  readonly #hover = element("div", { class: "ring hover", hidden: true });
  readonly #tip = element("div", { class: "tip", hidden: true });
  #x!: Variable;
  #y!: Variable;
  #xScale!: Scale;
  #yScale!: Scale;
  #plot: uPlot | null = null;
  /** Position at which the mouse was pressed. */
  #pressed: readonly [number, number] = [0, 0];
  /** Position of each trial's point, in CSS pixels of the plotting area; NaN for a trial that is not drawn. */
  #left = new Float32Array(0);
  #top = new Float32Array(0);

  constructor(x: Variable, y: Variable, selection: Selection, options: ScatterOptions) {
    this.#selection = selection;
    this.#options = options;
    this.element = element("div", {
      class: "plot",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "scatter chart",
      "aria-label": options.label,
      "aria-describedby": "trial-keys",
    });
    // Reserves the space, so that nothing moves when the chart is drawn.
    this.element.style.minHeight = `${options.height}px`;
    this.element.addEventListener("keydown", (event) => this.#key(event));
    whenSeen(this.element, () => {
      this.#build();
      new ResizeObserver(() => this.#resize()).observe(this.element);
    });
    selection.onTrial(() => this.#mark());
    selection.onFilter(() => this.#redraw());
    onThemeChange(() => this.#redraw());
    this.setVariables(x, y);
  }

  /** Shows other variables. */
  setVariables(x: Variable, y: Variable): void {
    const isComparable = (trial: number) => this.#selection.trials.isComparable(trial);
    [this.#x, this.#y] = [x, y];
    this.#xScale = scaleOf(x, isComparable);
    this.#yScale = scaleOf(y, isComparable);
    if (this.#plot !== null) this.#build();
  }

  #build(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(
      this.#plotOptions(this.element.clientWidth),
      [null, [[], []]] as unknown as uPlot.AlignedData,
      this.element,
    );
    const { over } = this.#plot;
    over.append(this.#ring, this.#hover, this.#tip);
    over.addEventListener("pointermove", (event) => this.#point(event));
    over.addEventListener("pointerleave", () => this.#hideHover());
    over.addEventListener("pointerdown", ({ offsetX, offsetY }) => {
      this.#pressed = [offsetX, offsetY];
    });
    over.addEventListener("click", (event) => this.#choose(event));
    over.addEventListener("dblclick", () => this.#zoom(this.#xScale.extent, this.#yScale.extent));
  }

  #plotOptions(width: number): uPlot.Options {
    return {
      mode: 2,
      width,
      height: this.#options.height,
      legend: { show: false },
      padding: [10, 14, 0, 0],
      cursor: { show: true, x: false, y: false, drag: { x: true, y: true, setScale: false }, points: { show: false } },
      scales: {
        x: {
          time: false,
          range: (_, min, max) => [min ?? 0, max ?? 1],
          min: this.#xScale.extent[0],
          max: this.#xScale.extent[1],
          auto: false,
        },
        y: {
          range: (_, min, max) => [min ?? 0, max ?? 1],
          min: this.#yScale.extent[0],
          max: this.#yScale.extent[1],
          auto: false,
        },
      },
      axes: [this.#axis(() => this.#xScale, false), this.#axis(() => this.#yScale, true)],
      series: [
        {},
        {
          facets: [
            { scale: "x", auto: false },
            { scale: "y", auto: false },
          ],
          paths: () => null,
        },
      ],
      hooks: {
        draw: [(plot) => this.#draw(plot)],
        setSelect: [(plot) => this.#select(plot)],
      },
    };
  }

  #axis(scale: () => Scale, isVertical: boolean): uPlot.Axis {
    return {
      ...axisLook(),
      label: scale().label,
      labelSize: 20,
      labelGap: isVertical ? 4 : 0,
      size: isVertical ? 54 : 28,
      splits: (plot, _, from, to) => {
        const length = isVertical ? plot.height - 60 : plot.width - 70;
        return scale().ticks(from, to, length / (isVertical ? 40 : 56));
      },
      values: (_, splits) => splits.map((at) => tickText(scale(), at)),
    };
  }

  #draw(plot: uPlot): void {
    this.#place(plot);
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.translate(bbox.left, bbox.top);
    ctx.scale(ratio, ratio);
    const members: Record<string, number[]> = { infeasible: [], feasible: [], front: [], reference: [] };
    for (let trial = 0; trial < this.#left.length; trial++) {
      if (!Number.isNaN(this.#left[trial] as number)) members[this.#selection.trials.group(trial)]?.push(trial);
    }
    const places = { left: this.#left, top: this.#top };
    const { goals, front } = this.#selection.trials;
    // With more than two goals the front is not a line.
    const isFlat = goals.length === 2 && goals.includes(this.#x) && goals.includes(this.#y) && this.#x !== this.#y;
    if (isFlat) drawFront(ctx, front, places, this.#x.better === "more");
    drawBars(ctx, this.#bars(plot));
    for (const group of POINT_GROUPS) drawPoints(ctx, members[group] as number[], places, group);
    ctx.restore();
    this.#mark();
  }

  /** The ranges of the visible trials over the worlds that judged them. */
  #bars(plot: uPlot): Bar[] {
    const bars: Bar[] = [];
    const add = (variable: Variable, place: (value: number) => number, isVertical: boolean) => {
      for (const [trial, [lowest, highest]] of variable.ranges) {
        const at = (isVertical ? this.#left : this.#top)[trial] as number;
        const [from, to] = [place(lowest), place(highest)];
        if (!Number.isNaN(at) && Number.isFinite(from) && Number.isFinite(to)) bars.push({ from, to, at, isVertical });
      }
    };
    const { x, y } = plot.scales as Record<"x" | "y", { min: number; max: number }>;
    const [width, height] = [plot.bbox.width / uPlot.pxRatio, plot.bbox.height / uPlot.pxRatio];
    add(this.#x, (value) => ((this.#xScale.place(value) - x.min) / (x.max - x.min)) * width, false);
    add(this.#y, (value) => (1 - (this.#yScale.place(value) - y.min) / (y.max - y.min)) * height, true);
    return bars;
  }

  /** Computes the positions of the points. */
  #place(plot: uPlot): void {
    const { count } = this.#selection.trials;
    if (this.#left.length !== count) [this.#left, this.#top] = [new Float32Array(count), new Float32Array(count)];
    const [width, height] = [plot.bbox.width / uPlot.pxRatio, plot.bbox.height / uPlot.pxRatio];
    const { x, y } = plot.scales as Record<"x" | "y", { min: number; max: number }>;
    for (let trial = 0; trial < count; trial++) {
      const left = ((this.#xScale.place(this.#x.values[trial] as number) - x.min) / (x.max - x.min)) * width;
      const top = (1 - (this.#yScale.place(this.#y.values[trial] as number) - y.min) / (y.max - y.min)) * height;
      const isDrawn = this.#selection.isVisible(trial) && Number.isFinite(left) && Number.isFinite(top);
      this.#left[trial] = isDrawn ? left : Number.NaN;
      this.#top[trial] = isDrawn ? top : Number.NaN;
    }
  }

  #mark(): void {
    place(this.#ring, this.#left[this.#selection.trial], this.#top[this.#selection.trial], this.#plot);
  }

  #nearest(left: number, top: number): number | null {
    let nearest: number | null = null;
    let least = REACH * REACH;
    for (let trial = 0; trial < this.#left.length; trial++) {
      const dx = (this.#left[trial] as number) - left;
      const dy = (this.#top[trial] as number) - top;
      // Emphasized points are easier to select.
      const group: Group = this.#selection.trials.group(trial);
      const distance = (dx * dx + dy * dy) * (group === "front" || group === "reference" ? 0.4 : 1);
      if (distance < least) [nearest, least] = [trial, distance];
    }
    return nearest;
  }

  #point(event: PointerEvent): void {
    const trial = this.#nearest(event.offsetX, event.offsetY);
    const over = this.#plot?.over;
    if (trial === null || over === undefined || event.buttons !== 0) return this.#hideHover();
    const [left, top] = [this.#left[trial] as number, this.#top[trial] as number];
    place(this.#hover, left, top, this.#plot);
    const name = trial === REFERENCE ? "Reference" : `Trial ${trial}`;
    this.#tip.textContent = `${name}: ${this.#valueText(this.#x, trial)}; ${this.#valueText(this.#y, trial)}`;
    this.#tip.hidden = false;
    const x = Math.max(0, Math.min(left + 12, over.clientWidth - this.#tip.offsetWidth));
    const y = top + 14 + this.#tip.offsetHeight > over.clientHeight ? top - 12 - this.#tip.offsetHeight : top + 14;
    this.#tip.style.transform = `translate(${x}px, ${y}px)`;
  }

  #valueText({ name, unit, values, ranges }: Variable, trial: number): string {
    const range = ranges.get(trial);
    const own = `${name} ${formatNumber(values[trial] as number)} ${unit}`.trimEnd();
    if (range === undefined) return own;
    const [lowest, highest] = range.map((value) => formatNumber(value));
    return `${own} (${lowest} to ${highest} in ${this.#selection.trials.worlds} worlds)`;
  }

  #hideHover(): void {
    this.#hover.hidden = true;
    this.#tip.hidden = true;
  }

  #choose(event: MouseEvent): void {
    // The end of a drag is not a click.
    const [x, y] = this.#pressed;
    if (Math.abs(event.offsetX - x) > DRAG || Math.abs(event.offsetY - y) > DRAG) return;
    const trial = this.#nearest(event.offsetX, event.offsetY);
    if (trial !== null) this.#selection.trial = trial;
  }

  #select(plot: uPlot): void {
    const { left, top, width, height } = plot.select;
    if (width > DRAG || height > DRAG) {
      const [x1, x2] = width > DRAG ? [left, left + width] : [0, plot.over.clientWidth];
      const [y1, y2] = height > DRAG ? [top, top + height] : [0, plot.over.clientHeight];
      this.#zoom([plot.posToVal(x1, "x"), plot.posToVal(x2, "x")], [plot.posToVal(y2, "y"), plot.posToVal(y1, "y")]);
    }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #zoom([x1, x2]: readonly [number, number], [y1, y2]: readonly [number, number]): void {
    const plot = this.#plot;
    plot?.batch(() => {
      plot.setScale("x", { min: x1, max: x2 });
      plot.setScale("y", { min: y1, max: y2 });
    });
  }

  /** Zooms around the selected trial. */
  #zoomBy(factor: number): void {
    const { trial } = this.#selection;
    const around = (scale: "x" | "y", at: number): [number, number] => {
      const { min = 0, max = 1 } = this.#plot?.scales[scale] ?? {};
      const centre = at >= min && at <= max ? at : (min + max) / 2;
      return [centre - (centre - min) * factor, centre + (max - centre) * factor];
    };
    this.#zoom(
      around("x", this.#xScale.place(this.#x.values[trial] as number)),
      around("y", this.#yScale.place(this.#y.values[trial] as number)),
    );
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#step(-1, event.shiftKey),
      ArrowRight: () => this.#step(1, event.shiftKey),
      Home: () => this.#step(Number.NEGATIVE_INFINITY, event.shiftKey),
      End: () => this.#step(Number.POSITIVE_INFINITY, event.shiftKey),
      "+": () => this.#zoomBy(1 / ZOOM),
      "=": () => this.#zoomBy(1 / ZOOM),
      "-": () => this.#zoomBy(ZOOM),
      "0": () => this.#zoom(this.#xScale.extent, this.#yScale.extent),
      Escape: () => this.#zoom(this.#xScale.extent, this.#yScale.extent),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  /** Selects the next point of the front from left to right, or of all points. */
  #step(by: number, isAmongAll: boolean): void {
    const { trials, trial } = this.#selection;
    const isDrawn = (one: number) => !Number.isNaN(this.#left[one] as number);
    const all =
      isAmongAll || trials.front.length === 0 ? [...this.#left.keys()] : [...new Set([...trials.front, REFERENCE])];
    const key = (one: number) => this.#left[one] as number;
    const order = all.filter(isDrawn).sort((a, b) => key(a) - key(b) || a - b);
    if (order.length === 0) return;
    const here = order.indexOf(trial);
    const next = here === -1 && Number.isFinite(by) ? order.findIndex((one) => key(one) >= key(trial)) : here + by;
    this.#selection.trial = order[Math.max(0, Math.min(order.length - 1, next))] as number;
  }

  #resize(): void {
    const width = this.element.clientWidth;
    if (width === 0 || isOnPaper() || width === this.#plot?.width) return;
    this.#plot?.setSize({ width, height: this.#options.height });
  }

  #redraw(): void {
    this.#hideHover();
    // A new chart draws itself soon.
    if (this.#plot?.status === 1) this.#plot.redraw(true, true);
  }
}

/** Puts a mark on a point, if the point is visible. */
function place(mark: HTMLElement, left: number | undefined, top: number | undefined, plot: uPlot | null): void {
  const isSeen =
    plot !== null &&
    left !== undefined &&
    top !== undefined &&
    left >= -1 &&
    top >= -1 &&
    left <= plot.over.clientWidth + 1 &&
    top <= plot.over.clientHeight + 1;
  mark.hidden = !isSeen;
  if (isSeen) mark.style.transform = `translate(${left}px, ${top}px)`;
}
