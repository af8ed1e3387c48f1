/** What has been run: pictures, the table of VMs, objectives, and sentences about the shown run. */
import { HOST_FIGURES } from "../../../hosts/measures/figures.ts";
import type { HostResult } from "../../../hosts/measures/results.ts";
import { byId, element, write } from "../../../report/page/dom.ts";
import type { HostWorlds, Pictures, RanInPage, Stage } from "../../hosts/protocol.ts";
import { Results } from "../results.ts";
import { HostRuns } from "./host-runs.ts";
import { MomentPanel } from "./moment-panel.ts";
import { showVmTable, startVmTable } from "./vm-table.ts";

/** Shows the outcome of the present settings, beside that of the pinned ones. */
export class HostOutcome {
  readonly #results = new Results(HOST_FIGURES);
  readonly #runs = new HostRuns();
  readonly #isPinned: () => boolean;
  readonly #moments: MomentPanel;

  /**
   * @param isPinned whether the shown settings are the pinned ones
   * @param pointed is called when the reader has put the cursor to a time
   */
  constructor(isPinned: () => boolean, pointed: () => void) {
    this.#isPinned = isPinned;
    this.#moments = new MomentPanel(pointed);
    startVmTable();
  }

  /** A run has begun: what is seen is of the one before. */
  begin(): void {
    this.#runs.begin();
    byId("outcome").classList.add("old");
  }

  /** Where the cursor was put, in seconds; null: at the end of the run. */
  get at(): number | null {
    return this.#moments.at;
  }

  /** Forgets everything: there is another host, or a link. @param at the cursor, in seconds; null: at the end of the run */
  clear(at: number | null): void {
    this.#runs.clear();
    this.#moments.clear(at);
    this.begin();
  }

  /** Other settings are pinned: figures of those before go. */
  forgetPinned(): void {
    this.#runs.forgetPinned();
    this.#fill();
  }

  /** Draws what the shown run has come to. */
  draw(pictures: Pictures): void {
    showPictures(pictures);
    this.#moments.show(pictures.moments);
  }

  /** The shown run is over. */
  show(run: RanInPage): void {
    this.#runs.show(run);
    byId("outcome").classList.remove("old");
    write(byId("verdict"), run.verdict);
    byId("properties").replaceChildren(
      ...run.properties
        .filter(([, text]) => text !== "")
        .flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
    );
    byId("notes").replaceChildren(...run.notes.map((note) => element("li", {}, note)));
    this.#fill();
  }

  /** The pinned run is over. */
  pin(run: RanInPage): void {
    this.#runs.pin(run);
    this.#fill();
  }

  /** Both have been run in more worlds; null: they take too long. */
  spread(worlds: HostWorlds | null): void {
    this.#runs.spread(worlds);
    this.#fill();
  }

  /** A run has failed, and none follows. */
  fail(stage: Stage): void {
    this.#runs.fail(stage);
    if (stage !== "shown") this.#fill();
  }

  #fill(): void {
    const isPinned = this.#isPinned();
    const compared = this.#runs.compared(isPinned);
    if (compared === null) return;
    const { shown, worlds, alone } = compared;
    showVmTable({ shown, pinned: compared.pinned, worlds });
    const pinned = isPinned ? shown : compared.pinned;
    const values = (results: readonly HostResult[]) =>
      results.map((host) => HOST_FIGURES.map(({ value }) => value(host)));
    this.#results.show(
      values(worlds?.shown ?? [shown]),
      pinned === null ? null : values(worlds?.pinned ?? [pinned]),
      alone,
    );
  }
}

/** Draws what a run has come to. The pictures of VMs come when it is over. */
function showPictures({ memory, reclaim, vms }: Pictures): void {
  byId("memory").innerHTML = memory;
  byId("reclaim").innerHTML = reclaim;
  if (vms.length === 0) return;
  byId("vm-pictures").replaceChildren(
    ...vms.map(({ name, caption, picture }) => {
      const drawn = element("div");
      drawn.innerHTML = picture;
      const title = element("figcaption", {}, element("h3", {}, name), element("p", {}, caption));
      return element("figure", {}, title, drawn);
    }),
  );
}
