/** The host and its VMs at the cursor. */
import { formatTime } from "../../../../common/units.ts";
import { byId, element, write } from "../../../report/page/dom.ts";
import type { HostMoments } from "../../hosts/moments.ts";
import { hostTexts, spokenAt, VM_NAMES_AT, vmTexts } from "./moment-texts.ts";
import { TimeCursor } from "./time-cursor.ts";

/** Two tables and the cursor that they follow. */
export class MomentPanel {
  #moments: HostMoments | null = null;
  readonly #cursor = new TimeCursor(
    ["memory-frame", "reclaim-frame"].map(byId),
    (index) => this.#fill(index),
    (index) => {
      if (this.#moments !== null) write(byId("spoken"), spokenAt(this.#moments, index));
    },
  );

  constructor() {
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

  /** There is another host: nothing is known of it yet, and the cursor goes to the end of its run. */
  clear(): void {
    this.#moments = null;
    this.#cursor.forget();
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
