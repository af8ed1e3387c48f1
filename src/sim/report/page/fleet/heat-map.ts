/** A picture of time against runs: the darker a place, the larger the value. */
import { formatTime } from "../../../../common/units.ts";
import { timeTicks } from "../../../output/axis.ts";
import { intervalText, stripText } from "../../fleet/texts.ts";
import { element, write } from "../dom.ts";
import { colour, onThemeChange } from "../theme.ts";
import type { FleetChoice } from "./fleet.ts";

/** Height of the picture at most, and of a line, in CSS pixels. */
const MOST_HEIGHT = 560;
const MOST_LINE = 16;
/** Opacity of the smallest value that is not 0. */
const FAINTEST = 0.15;
/** Number of times that are written below it, about, and half the width of a letter. */
const TIMES = 7;
const HALF_LETTER = 3.5;

/** The picture, with its scale and times. */
export class HeatMap {
  readonly element: HTMLElement;
  readonly #choice: FleetChoice;
  readonly #canvas = element("canvas", { "aria-hidden": "true" });
  readonly #cell = element("div", { class: "cell", hidden: true });
  readonly #tip = element("div", { class: "tip", hidden: true });
  readonly #scale = element("p", { class: "scale" });
  readonly #times = element("div", { class: "times", "aria-hidden": "true" });
  readonly #host: HTMLElement;
  readonly #say: (text: string) => void;
  /** The runs of each line. */
  #lines: readonly (readonly number[])[] = [];
  #line = 0;
  #interval = 0;

  /** @param say tells screen readers what is at the cursor */
  constructor(choice: FleetChoice, say: (text: string) => void) {
    this.#choice = choice;
    this.#say = say;
    this.#host = element(
      "div",
      {
        class: "heat plot",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "heat map",
        "aria-label": "Time against guests",
        "aria-describedby": "heat-keys",
      },
      this.#canvas,
      this.#cell,
      this.#tip,
    );
    this.element = element("div", {}, this.#scale, this.#host, this.#times);
    this.#canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.#canvas.addEventListener("click", () => this.#choose());
    this.#host.addEventListener("mouseleave", () => this.#hide());
    this.#host.addEventListener("blur", () => this.#hide());
    this.#host.addEventListener("keydown", (event) => this.#key(event));
    choice.onChange(() => this.draw());
    onThemeChange(() => this.draw());
    new ResizeObserver(() => this.#writeTimes()).observe(this.#host);
  }

  /** Draws the chosen runs. One pixel of the canvas is an interval of a line; the browser stretches it. */
  draw(): void {
    const { order, model } = this.#choice;
    this.#hide();
    const count = Math.max(1, Math.min(order.length, MOST_HEIGHT));
    this.#lines = Array.from({ length: count }, (_, line) =>
      order.slice(Math.floor((line * order.length) / count), Math.floor(((line + 1) * order.length) / count)),
    );
    this.#canvas.width = model.intervals;
    this.#canvas.height = count;
    this.#canvas.style.height = `${Math.min(MOST_HEIGHT, count * MOST_LINE)}px`;
    this.#canvas.style.imageRendering = "pixelated";
    const context = this.#canvas.getContext("2d") as CanvasRenderingContext2D;
    const picture = context.createImageData(model.intervals, count);
    const [full, none] = [channels(colour("vermilion")), channels(colour("grid"))];
    this.#lines.forEach((runs, line) => {
      for (let interval = 0; interval < model.intervals; interval++) {
        const value = this.#worst(runs, interval).value;
        const at = (line * model.intervals + interval) * 4;
        const ink = Number.isNaN(value) ? none : full;
        picture.data.set(ink, at);
        picture.data[at + 3] = Number.isNaN(value) ? 255 : Math.round(255 * this.#opacity(value));
      }
    });
    context.putImageData(picture, 0, 0);
    this.#writeScale();
    this.#writeTimes();
  }

  /** The square root makes small values visible beside large ones. */
  #opacity(value: number): number {
    const { most } = this.#choice.shown;
    return value <= 0 || most === 0 ? 0 : FAINTEST + (1 - FAINTEST) * Math.sqrt(value / most);
  }

  /** The largest value of several runs in an interval, and its run; NaN if all are over. */
  #worst(runs: readonly number[], interval: number): { readonly run: number; readonly value: number } {
    let [worst, most] = [runs[0] ?? 0, Number.NaN];
    for (const run of runs) {
      const value = this.#choice.shown.value(run, interval);
      if (value > most || (Number.isNaN(most) && !Number.isNaN(value))) [worst, most] = [run, value];
    }
    return { run: worst, value: most };
  }

  #writeScale(): void {
    const { shown, order } = this.#choice;
    const { strip, most } = shown;
    const step = (part: number) => stripText(strip.kind, most * part);
    const each = this.#lines[0]?.length ?? 0;
    const lines = order.length <= MOST_HEIGHT ? "" : ` A line is the worst of ${each} or ${each + 1} guests.`;
    this.#scale.textContent =
      most === 0
        ? `${strip.title}: always 0.`
        : `${strip.meaning} Full colour: ${step(1)}; half: ${step(((0.5 - FAINTEST) / (1 - FAINTEST)) ** 2)}; none: 0; grey: the run is over.${lines}`;
  }

  #writeTimes(): void {
    const { intervals, intervalSeconds } = this.#choice.model;
    const [endUs, width] = [intervals * intervalSeconds * 1e6, this.#host.clientWidth];
    const spans = timeTicks(endUs, TIMES).map((us) => {
      const span = element("span", {}, formatTime(us));
      const half = span.textContent.length * HALF_LETTER;
      span.style.left = `${Math.max(half, Math.min(width - half, (us / endUs) * width))}px`;
      return span;
    });
    this.#times.replaceChildren(...spans);
  }

  #point(event: PointerEvent): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const { intervals } = this.#choice.model;
    this.#line = clamp(Math.floor((event.offsetY / clientHeight) * this.#lines.length), this.#lines.length);
    this.#interval = clamp(Math.floor((event.offsetX / clientWidth) * intervals), intervals);
    this.#mark();
  }

  /** Marks the place of the cursor and writes what is there. */
  #mark(): void {
    const { model } = this.#choice;
    const runs = this.#lines[this.#line] ?? [];
    if (runs.length === 0) return this.#hide();
    const [width, height] = [
      this.#canvas.clientWidth / model.intervals,
      this.#canvas.clientHeight / this.#lines.length,
    ];
    const [left, top] = [this.#interval * width, this.#line * height];
    this.#cell.hidden = false;
    this.#cell.style.width = `${Math.max(6, width)}px`;
    this.#cell.style.height = `${Math.max(6, height)}px`;
    this.#cell.style.transform = `translate(${left}px, ${top}px)`;
    this.#tip.hidden = false;
    write(this.#tip, this.#text());
    const x = Math.max(0, Math.min(left + 12, this.#host.clientWidth - this.#tip.offsetWidth));
    const below = top + height + 6;
    const y = below + this.#tip.offsetHeight > this.#host.clientHeight ? top - this.#tip.offsetHeight - 6 : below;
    this.#tip.style.transform = `translate(${x}px, ${y}px)`;
  }

  #text(): string {
    const { model, shown } = this.#choice;
    const runs = this.#lines[this.#line] ?? [];
    const { run, value } = this.#worst(runs, this.#interval);
    const more = runs.length > 1 ? `, the worst of ${runs.length}` : "";
    const time = intervalText(this.#interval, model.intervalSeconds);
    const text = Number.isNaN(value) ? "the run is over" : `${shown.strip.title} ${stripText(shown.strip.kind, value)}`;
    return `${model.labels[run]}${more}, at ${time}: ${text}`;
  }

  #hide(): void {
    this.#cell.hidden = true;
    this.#tip.hidden = true;
  }

  #choose(): void {
    const runs = this.#lines[this.#line] ?? [];
    if (runs.length > 0) this.#choice.showGuest(this.#worst(runs, this.#interval).run);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { intervals } = this.#choice.model;
    const go = (lines: number, times: number) => {
      this.#line = clamp(this.#line + lines, this.#lines.length);
      this.#interval = clamp(this.#interval + times, intervals);
      this.#mark();
      this.#say(this.#text());
    };
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => go(0, -1),
      ArrowRight: () => go(0, 1),
      ArrowUp: () => go(-1, 0),
      ArrowDown: () => go(1, 0),
      PageUp: () => go(-10, 0),
      PageDown: () => go(10, 0),
      Home: () => go(0, -intervals),
      End: () => go(0, intervals),
      Enter: () => this.#choose(),
      Escape: () => this.#hide(),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));

/** Red, green, blue of a colour such as `#d55e00`. */
function channels(hex: string): [number, number, number] {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
