/** The table of a fleet: a page of rows at a time, sorted by the column whose heading was pressed, with a small curve each. */
import type { FleetNumbers } from "../../fleet/columns.ts";
import { SPARK_HEIGHT, SPARK_WIDTH, sparkLabel, sparkPath } from "../../fleet/sparkline.ts";
import { intervalText, stripText } from "../../fleet/texts.ts";
import { FLEET_ROWS } from "../../model.ts";
import { element, svg } from "../dom.ts";
import type { FleetChoice } from "./fleet.ts";

/** The table with its pager. */
export class FleetTable {
  readonly element: HTMLElement;
  readonly #choice: FleetChoice;
  readonly #body = element("tbody");
  readonly #caption = element("caption");
  readonly #heads: readonly { readonly th: HTMLElement; readonly column: FleetNumbers | null }[];
  readonly #curve = element("th", { scope: "col" });
  readonly #where = element("span");
  readonly #back = button("Previous guests", () => this.#show(this.#first - FLEET_ROWS));
  readonly #on = button("Next guests", () => this.#show(this.#first + FLEET_ROWS));
  #first = 0;

  constructor(choice: FleetChoice) {
    this.#choice = choice;
    this.#heads = [null, ...choice.columns].map((column) => {
      const title = column?.title ?? "Guest";
      const th = element("th", { scope: "col", class: column === null ? undefined : "n" });
      th.append(button(title, () => choice.sortBy(column)));
      return { th, column };
    });
    const row = element("tr", {}, ...this.#heads.map(({ th }) => th), this.#curve);
    const table = element("table", {}, this.#caption, element("thead", {}, row), this.#body);
    this.element = element(
      "div",
      {},
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of guests" }, table),
      element("div", { class: "pager" }, this.#back, this.#on, this.#where),
    );
    choice.onChange(() => this.#show(0));
    this.#show(0);
  }

  /** Shows the rows around a guest, and moves the focus to its row. */
  focus(run: number): void {
    const place = this.#choice.order.indexOf(run);
    if (place === -1) return;
    this.#show(place - (place % FLEET_ROWS));
    (this.#body.children[place % FLEET_ROWS] as HTMLElement | undefined)?.focus();
  }

  #show(from: number): void {
    const { order, sorted, shown } = this.#choice;
    this.#first = Math.max(0, Math.min(from, order.length - 1));
    const rows = order.slice(this.#first, this.#first + FLEET_ROWS);
    this.#curve.textContent = shown.strip.title;
    for (const { th, column } of this.#heads) {
      if (sorted === null || sorted.column !== column) th.removeAttribute("aria-sort");
      else th.setAttribute("aria-sort", this.#isAscending(column, sorted.isReversed) ? "ascending" : "descending");
    }
    this.#body.replaceChildren(...rows.map((run) => this.#row(run)));
    this.#back.disabled = this.#first === 0;
    this.#on.disabled = this.#first + FLEET_ROWS >= order.length;
    const where =
      order.length === 0 ? "No guests" : `Guests ${this.#first + 1} to ${this.#first + rows.length} of ${order.length}`;
    this.#caption.textContent = where;
    this.#where.textContent = where;
  }

  #isAscending(column: FleetNumbers | null, isReversed: boolean): boolean {
    return (column === null || column.worse === "less") !== isReversed;
  }

  #row(run: number): HTMLTableRowElement {
    const { model, columns } = this.#choice;
    const tr = element(
      "tr",
      { tabindex: 0 },
      element("th", { scope: "row" }, model.labels[run] as string),
      ...columns.map(({ textOf }) => element("td", { class: "n" }, textOf(run))),
      element("td", {}, this.#spark(run)),
    );
    tr.addEventListener("click", () => this.#choice.showGuest(run));
    tr.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.#choice.showGuest(run);
    });
    return tr;
  }

  #spark(run: number): SVGElement {
    const { model, shown } = this.#choice;
    const levels = shown.levels(run);
    const timeOf = (interval: number) => intervalText(interval, model.intervalSeconds);
    const label = sparkLabel(levels, timeOf, stripText(shown.strip.kind, shown.mostOf(run)));
    return svg(
      "svg",
      { class: "spark", width: SPARK_WIDTH, height: SPARK_HEIGHT, role: "img", "aria-label": label },
      svg("path", { d: sparkPath(levels, 255, model.intervals) }),
    );
  }
}

function button(text: string, action: () => void): HTMLButtonElement {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", action);
  return made;
}
