/** The state of everything at the cursor. */

import type { Quantity } from "../../report/model.ts";
import { byId, element } from "../../report/page/dom.ts";
import { formatQuantity } from "../../report/page/format.ts";
import { rowAt } from "../../report/page/row-at.ts";
import type { RunRows } from "../../report/page/time-data.ts";
import type { DriverModel } from "../model.ts";

const QUANTITIES: Readonly<Record<string, Quantity>> = { pages: "size", "pages/cycle": "limit", s: "s", us: "us" };

/** Two tables: the columns that rows have by default, and all others. */
export class CursorPanel {
  #cells: readonly { readonly name: string; readonly unit: string; readonly td: HTMLElement }[] = [];

  /** Makes the tables for a driver. */
  setDriver({ columns }: DriverModel): void {
    const made = columns.map(({ name, unit, kind, meaning, isDefault }) => {
      const td = element("td", { class: "n" });
      const since = kind === "level" ? "" : ", since the run began";
      const tr = element("tr", { title: `${meaning}${since}.` }, element("th", { scope: "row" }, name), td);
      return { name, unit, td, tr, isDefault };
    });
    this.#cells = made;
    byId("cursor-first").replaceChildren(...made.filter(({ isDefault }) => isDefault).map(({ tr }) => tr));
    byId("cursor-more").replaceChildren(...made.filter(({ isDefault }) => !isDefault).map(({ tr }) => tr));
  }

  /** Shows the row of a run at a time, in seconds; null: nothing. */
  show(rows: RunRows, time: number | null): void {
    const row = time === null ? -1 : rowAt(rows.times, time);
    for (const { name, unit, td } of this.#cells) {
      const value = row === -1 ? undefined : rows.column(name)?.[row];
      td.textContent = formatQuantity(value, QUANTITIES[unit] ?? "number");
    }
  }
}
