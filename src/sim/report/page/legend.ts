/** The names of a chart's curves, their values at the cursor, and buttons that hide them. */
import { escapeUnsafe } from "../../../common/quote.ts";
import type { ColourName } from "../../output/palette.ts";
import { element, svg } from "./dom.ts";

/** Dash patterns, in pixels; a solid line first, the target's last. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [15, 5]];

/** An entry of a legend. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: ColourName;
  readonly dash: number;
}

/** Buttons, one per curve. */
export class Legend {
  readonly element: HTMLUListElement;
  readonly #values: readonly HTMLSpanElement[];

  /** @param toggle called with the index of a curve that shall be shown or hidden */
  constructor(entries: readonly LegendEntry[], toggle: (index: number, isShown: boolean) => void) {
    this.#values = entries.map(() => element("span", { class: "value" }));
    const items = entries.map(({ label, colour, dash }, i) => {
      const button = element("button", { type: "button", "aria-pressed": "true", title: "Show or hide" });
      button.append(lineKey(colour, dash), escapeUnsafe(label), this.#values[i] as HTMLSpanElement);
      button.addEventListener("click", () => {
        const isShown = button.getAttribute("aria-pressed") === "false";
        button.setAttribute("aria-pressed", String(isShown));
        toggle(i, isShown);
      });
      return element("li", {}, button);
    });
    this.element = element("ul", { class: "legend", "aria-label": "Curves" }, ...items);
  }

  /** Shows the values of the curves at the cursor; empty texts without a cursor. */
  setValues(texts: readonly string[]): void {
    this.#values.forEach((value, i) => {
      value.textContent = texts[i] ?? "";
    });
  }
}

function lineKey(colour: ColourName, dash: number): SVGElement {
  const line = svg("line", {
    class: colour,
    x1: 1,
    x2: 25,
    y1: 5,
    y2: 5,
    "stroke-dasharray": (DASHES[dash] as readonly number[]).join(" ") || undefined,
  });
  return svg("svg", { class: "key", width: 26, height: 10, "aria-hidden": "true" }, line);
}
