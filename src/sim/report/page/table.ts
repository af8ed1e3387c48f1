/** The table behind a chart: created when the reader opens it, shown in pages. */
import { element } from "./dom.ts";

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Value of a row, for sorting; undefined: the table can't be sorted by this column. */
  readonly value?: (row: number) => number | string;
  readonly text: (row: number) => string;
  readonly isNumber: boolean;
}

/** The contents of a table, and the reaction to choosing a row. */
export interface TableOptions {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  /** Number of rows; called whenever the table is drawn. */
  readonly rows: () => number;
  readonly onChoose?: (row: number) => void;
}

const PAGE_ROWS = 50;

/** A folded table. Its content is created when it is opened for the first time. */
export function foldedTable(summary: string, options: () => TableOptions): HTMLDetailsElement {
  const details = element("details", {}, element("summary", {}, summary));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(pagedTable(options()));
  });
  return details;
}

/** A table of any length: 50 rows at a time, sorted by the column whose heading was pressed. */
export function pagedTable({ caption, columns, rows, onChoose }: TableOptions): HTMLElement {
  let order: number[] = Array.from({ length: rows() }, (_, i) => i);
  let first = 0;
  let sorted: { readonly column: TableColumn; readonly isAscending: boolean } | null = null;
  const body = element("tbody");
  const heads = columns.map((column) => {
    const th = element("th", { scope: "col", class: column.isNumber ? "n" : undefined });
    if (column.value === undefined) th.append(column.title);
    else {
      const button = element("button", { type: "button" }, column.title);
      button.addEventListener("click", () => sort(column));
      th.append(button);
    }
    return th;
  });
  const table = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads)),
    body,
  );
  const where = element("span", { role: "status" });
  const back = pagerButton("Previous rows", () => show(first - PAGE_ROWS));
  const on = pagerButton("Next rows", () => show(first + PAGE_ROWS));
  const pager = element("div", { class: "pager" }, back, on, where);

  function sort(column: TableColumn): void {
    const isAscending = sorted?.column === column ? !sorted.isAscending : true;
    sorted = { column, isAscending };
    const key = column.value as (row: number) => number | string;
    const sign = isAscending ? 1 : -1;
    order = order.toSorted((a, b) => sign * compare(key(a), key(b)) || a - b);
    heads.forEach((th, i) => {
      if (columns[i] === column) th.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
      else th.removeAttribute("aria-sort");
    });
    show(0);
  }

  function show(from: number): void {
    first = Math.max(0, Math.min(from, order.length - 1));
    const shown = order.slice(first, first + PAGE_ROWS);
    body.replaceChildren(...shown.map(rowElement));
    back.disabled = first === 0;
    on.disabled = first + PAGE_ROWS >= order.length;
    pager.hidden = order.length <= PAGE_ROWS;
    where.textContent = order.length === 0 ? "no rows" : `${first + 1} to ${first + shown.length} of ${order.length}`;
  }

  function rowElement(row: number): HTMLTableRowElement {
    const cells = columns.map((column, i) =>
      i === 0
        ? element("th", { scope: "row", class: column.isNumber ? "n" : undefined }, column.text(row))
        : element("td", { class: column.isNumber ? "n" : undefined }, column.text(row)),
    );
    const tr = element("tr", { tabindex: onChoose === undefined ? undefined : 0 }, ...cells);
    if (onChoose !== undefined) {
      tr.addEventListener("click", () => onChoose(row));
      tr.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          onChoose(row);
        }
      });
    }
    return tr;
  }

  show(0);
  return element(
    "div",
    {},
    pager,
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, table),
  );
}

/** NaN, which means unknown, comes last. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === "string" || typeof b === "string") return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function pagerButton(text: string, action: () => void): HTMLButtonElement {
  const button = element("button", { type: "button" }, text);
  button.addEventListener("click", action);
  return button;
}
