/** What has been run: pictures, the table of VMs, objectives, and sentences about the shown run. */
import { HOST_FIGURES } from "../../../hosts/measures/figures.ts";
import type { HostResult } from "../../../hosts/measures/results.ts";
import { byId, element, write } from "../../../report/page/dom.ts";
import type { FromHostWorker, Pictures, RanInPage, Stage } from "../../hosts/protocol.ts";
import { Results } from "../results.ts";
import { showStatus } from "../status.ts";
import { HostRuns } from "./host-runs.ts";
import { MomentPanel } from "./moment-panel.ts";
import { showVmTable, startVmTable } from "./vm-table.ts";

const STAGES: Readonly<Record<Stage, string>> = {
  shown: "of the run",
  pinned: "of the pinned run",
  worlds: "of the runs in more worlds",
};
/** What stands before the message of a run that has failed. */
const FAILED: Readonly<Record<Stage, string>> = {
  shown: "",
  pinned: "the pinned run: ",
  worlds: "a run in more worlds: ",
};

/** What the outcome needs of its owner. */
export interface HostOutcomeOwner {
  /** Whether the shown settings are the pinned ones. */
  isPinned(): boolean;
  /** The command that prints what is shown. */
  command(): string;
  /** The reader has put the cursor to a time. */
  pointed(): void;
}

/** What the worker says of a run. */
type RunMessage = Extract<
  FromHostWorker,
  { readonly kind: "progress" | "pictures" | "shown" | "pinned" | "worlds" | "failed" }
>;

/** Shows the outcome of the present settings, beside that of the pinned ones. */
export class HostOutcome {
  readonly #results = new Results(HOST_FIGURES);
  readonly #runs = new HostRuns();
  readonly #owner: HostOutcomeOwner;
  readonly #moments: MomentPanel;

  /** What was told of the last shown run, to which the line of the status returns. */
  #told = "";

  constructor(owner: HostOutcomeOwner) {
    this.#owner = owner;
    this.#moments = new MomentPanel(() => owner.pointed());
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

  /** Takes a message about the run that goes on, or those after it. */
  take(message: RunMessage): void {
    switch (message.kind) {
      case "progress": {
        const { stage, progress } = message;
        return showStatus(`${Math.floor(progress * 100)} % ${STAGES[stage]}`, false, progress);
      }
      case "pictures":
        return this.#draw(message.pictures);
      case "shown":
        this.#draw(message.pictures);
        return this.#show(message.run);
      case "pinned":
        this.#runs.pin(message.run);
        return this.#fill();
      case "worlds":
        this.#runs.spread(message.worlds);
        this.#fill();
        return showStatus(this.#told, false);
      case "failed":
        if (message.stage === "export") return;
        this.#runs.fail(message.stage);
        if (message.stage !== "shown") this.#fill();
        return showStatus(`${FAILED[message.stage]}${message.message}`, true);
    }
  }

  #draw(pictures: Pictures): void {
    showPictures(pictures);
    this.#moments.show(pictures.moments);
  }

  /** The shown run is over. */
  #show(run: RanInPage): void {
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
    this.#told = `run in ${(run.ms / 1000).toFixed(1)} s`;
    // For tests: what is shown.
    byId("outcome").dataset.shown = this.#owner.command();
    showStatus(this.#told, false);
  }

  #fill(): void {
    const isPinned = this.#owner.isPinned();
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
