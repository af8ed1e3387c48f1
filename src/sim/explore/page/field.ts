/** A number with its slider: for the hand and for exact values. */
import { element, newId } from "../../report/page/dom.ts";

/** A number that the reader can change. */
export interface FieldSpec {
  readonly name: string;
  readonly unit: string;
  readonly meaning: string;
  /** Valid values of the number field. */
  readonly min: number;
  readonly max: number;
  /** The values of the slider, ascending. */
  readonly stops: readonly number[];
  readonly step?: number;
  /** The value of the trace or the driver, to which the field can be reset. */
  readonly own: number;
  readonly value: number;
}

const STOPS = 160;

/** Values from `low` to `high` for a slider, with `own` among them: by their ratios if the range is wide. */
export function stopsOf(low: number, high: number, own: number, isWhole = true): number[] {
  const isWide = high / Math.max(low, 1) > 40;
  const found = new Set([low, high, Math.min(high, Math.max(low, own))]);
  for (let i = 0; i <= STOPS; i++) {
    const share = i / STOPS;
    const value = isWide ? (low + 1) * ((high + 1) / (low + 1)) ** share - 1 : low + (high - low) * share;
    const round = Number(value.toPrecision(3));
    found.add(isWhole ? Math.round(round) : round);
  }
  return [...found].filter((value) => value >= low && value <= high).sort((a, b) => a - b);
}

/** A row with a name, a number field, a slider, and a button that resets it. */
export class Field {
  readonly element: HTMLElement;
  readonly #spec: FieldSpec;
  readonly #number: HTMLInputElement;
  readonly #slider: HTMLInputElement;
  readonly #reset: HTMLButtonElement;
  /** What was expected instead of the last input; empty: it was valid. */
  readonly #wrong: HTMLElement;
  #value: number;

  /** @param change called with each new value, also while the slider moves */
  constructor(spec: FieldSpec, change: (value: number) => void) {
    const { name, unit, meaning, min, max, stops, step = 1, own } = spec;
    this.#spec = spec;
    const id = newId("field");
    this.#number = element("input", {
      id,
      type: "number",
      min,
      max,
      step,
      inputmode: "decimal",
      "aria-describedby": `${id}-m ${id}-e`,
    });
    this.#slider = element("input", {
      type: "range",
      min: 0,
      max: stops.length - 1,
      step: 1,
      "aria-label": `${name}, slider`,
    });
    this.#reset = element(
      "button",
      { type: "button", class: "reset", title: `Back to ${own}`, "aria-label": `${name}: back to ${own} ${unit}` },
      "↺",
    );
    this.#wrong = element("p", { id: `${id}-e`, class: "wrong" });
    this.element = element(
      "div",
      { class: "field", "data-name": name, title: meaning },
      element("label", { for: id }, name),
      this.#reset,
      this.#number,
      element("span", { class: "unit" }, unit),
      this.#slider,
      this.#wrong,
      element("p", { id: `${id}-m`, class: "meaning" }, meaning),
    );
    this.#value = spec.value;
    this.set(spec.value);
    this.#slider.addEventListener("input", () => this.#take(stops[Number(this.#slider.value)] as number, change));
    this.#number.addEventListener("input", () => {
      const value = this.#number.valueAsNumber;
      const isValid = value >= min && value <= max && (step !== 1 || Number.isInteger(value));
      this.#number.setAttribute("aria-invalid", String(!isValid));
      const kind = step === 1 ? "a whole number" : "a number";
      this.#wrong.textContent = isValid ? "" : `Expected ${kind} from ${min} to ${max}; ${this.#value} stays.`;
      if (isValid) this.#take(value, change, false);
    });
    // A value that is not valid does not stay, but what is told about it does.
    this.#number.addEventListener("change", () => {
      const told = this.#wrong.textContent;
      this.set(this.#value);
      this.#wrong.textContent = told;
    });
    this.#reset.addEventListener("click", () => {
      this.#take(own, change);
      this.#number.focus();
    });
  }

  get value(): number {
    return this.#value;
  }

  /** Shows a value. */
  set(value: number): void {
    this.#value = value;
    this.#number.value = String(value);
    this.#number.setAttribute("aria-invalid", "false");
    this.#wrong.textContent = "";
    this.#showSlider();
  }

  #take(value: number, change: (value: number) => void, showsNumber = true): void {
    if (showsNumber) this.set(value);
    this.#value = value;
    this.#showSlider();
    change(value);
  }

  #showSlider(): void {
    const { stops, unit, own } = this.#spec;
    const value = this.#value;
    let nearest = 0;
    stops.forEach((stop, i) => {
      if (Math.abs(stop - value) < Math.abs((stops[nearest] as number) - value)) nearest = i;
    });
    this.#slider.value = String(nearest);
    this.#slider.setAttribute("aria-valuetext", `${value} ${unit}`);
    this.#slider.style.setProperty("--done", `${(nearest / Math.max(1, stops.length - 1)) * 100}%`);
    this.element.classList.toggle("changed", value !== own);
    this.#reset.hidden = value === own;
  }
}
