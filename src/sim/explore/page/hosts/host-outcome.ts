/** What has been run: pictures, the table of VMs, objectives, and sentences about the shown run. */
import { HOST_FIGURES } from "../../../hosts/measures/figures.ts";
import type { HostResult } from "../../../hosts/measures/results.ts";
import { byId, element, write } from "../../../report/page/dom.ts";
import type { HostWorlds, Pictures, RanInPage } from "../../hosts/protocol.ts";
import { WORLDS } from "../../hosts/protocol.ts";
import { Results } from "../results.ts";
import { showVmTable, startVmTable } from "./vm-table.ts";

/** Shows the outcome of the present settings, beside that of the pinned ones. */
export class HostOutcome {
  readonly #results = new Results(HOST_FIGURES);
  #shown: RanInPage | null = null;
  #pinned: RanInPage | null = null;
  /** Undefined: not known yet; null: there are none. */
  #worlds: HostWorlds | null | undefined;
  readonly #isPinned: () => boolean;

  /** @param isPinned whether the shown settings are the pinned ones */
  constructor(isPinned: () => boolean) {
    this.#isPinned = isPinned;
    startVmTable();
  }

  /** A run has begun: what is seen is of the one before. */
  begin(): void {
    this.#worlds = undefined;
    byId("outcome").classList.add("old");
  }

  /** Forgets everything: there is another host. */
  clear(): void {
    this.#shown = null;
    this.#pinned = null;
    this.begin();
  }

  /** The shown run is over. */
  show(run: RanInPage): void {
    this.#shown = run;
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
    this.#pinned = run;
    this.#fill();
  }

  /** Both have been run in more worlds; null: they take too long. */
  spread(worlds: HostWorlds | null): void {
    this.#worlds = worlds;
    this.#fill();
  }

  #fill(): void {
    const shown = this.#shown?.result;
    if (shown === undefined) return;
    const isPinned = this.#isPinned();
    const pinned = isPinned ? shown : (this.#pinned?.result ?? null);
    const worlds = this.#worlds ?? null;
    showVmTable({ shown, pinned: isPinned ? null : pinned, worlds });
    const values = (results: readonly HostResult[]) =>
      results.map((host) => HOST_FIGURES.map(({ value }) => value(host)));
    this.#results.show(
      values(worlds?.shown ?? [shown]),
      pinned === null ? null : values(worlds?.pinned ?? [pinned]),
      this.#worlds === null
        ? "One world: the run takes too long for more. balloon-sim host --worlds 5 shows how far figures vary."
        : `One world. ${WORLDS} worlds follow.`,
    );
  }
}

/** Draws what a run has come to. The pictures of VMs come when it is over. */
export function showPictures({ memory, reclaim, vms }: Pictures): void {
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
