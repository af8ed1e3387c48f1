/** The host and its VMs at the cursor. */
import { formatTime } from "../../../../common/units.ts";
import { byId, element, write } from "../../../report/page/dom.ts";
import type { HostMoments } from "../../hosts/moments.ts";
import { hostTexts, spokenAt, VM_NAMES_AT, vmTexts } from "./moment-texts.ts";
import { TimeCursor } from "./time-cursor.ts";

/** Two tables and the cursor that they follow. */
export class MomentPanel {
  #moments: HostMoments | null = null;
  readonly #cursor: TimeCursor;

  /** @param fixed is called when the reader has put the cursor to a time */
  constructor(fixed: () => void) {
    this.#cursor = new TimeCursor(
      ["memory-frame", "reclaim-frame"].map(byId),
      (index) => this.#fill(index),
      (index) => {
        if (this.#moments !== null) write(byId("spoken"), spokenAt(this.#moments, index));
      },
      fixed,
    );
    byId("vm-moments-head").replaceChildren(
      ...VM_NAMES_AT.map((name) => element("th", { scope: "col", class: name === "VM" ? "" : "n" }, name)),
    );
    byId("sample-back").addEventListener("click", () => this.#cursor.step(-1));
    byId("sample-on").addEventListener("click", () => this.#cursor.step(1));
  }

  /** Shows a run, or its part so far. */
  show(moments: HostMoments): void {
    this.#moments = moments;
    this.#cursor.setTimes(moments);
  }

  /** Where the cursor was put, in seconds; null: at the end of the run. */
  get at(): number | null {
    const { fixedUs } = this.#cursor;
    return fixedUs === null ? null : fixedUs / 1e6;
  }

  /** There is another host, of which nothing is known yet. @param at the cursor, in seconds; null: at the end of its run */
  clear(at: number | null): void {
    this.#moments = null;
    this.#cursor.forget(at === null ? null : Math.round(at * 1e6));
    byId("spoken").textContent = "";
  }

  #fill(index: number | null): void {
    const moments = this.#moments;
    if (moments === null || index === null) {
      for (const id of ["cursor-time", "host-moment", "vm-moments"]) byId(id).replaceChildren();
      return;
    }
    byId("cursor-time").textContent = formatTime(moments.timesUs[index] as number);
    byId("host-moment").replaceChildren(
      ...hostTexts(moments, index).flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
    );
    byId("vm-moments").replaceChildren(
      ...moments.vms.map((vm) =>
        element(
          "tr",
          { "data-name": vm.name },
          element("th", { scope: "row" }, vm.name),
          ...vmTexts(vm, index).map((text) => element("td", { class: "n" }, text)),
        ),
      ),
    );
  }
}
