/** Which results the page of hosts has: of the shown and the pinned settings, in one world and in more. */
import type { HostResult } from "../../../hosts/measures/results.ts";
import { type HostWorlds, type RanInPage, type Stage, WORLDS } from "../../hosts/protocol.ts";

/** What tables show. */
export interface ComparedRuns {
  readonly shown: HostResult;
  /** Null: it is the shown one, or not known yet. */
  readonly pinned: HostResult | null;
  /** Both in more worlds; null: not known, or not yet. */
  readonly worlds: HostWorlds | null;
  /** About figures of one world. */
  readonly alone: string;
}

/** Why there is one world only. */
type Alone = "not yet" | "too long" | "pinned failed" | "worlds failed";

const ALONE: Readonly<Record<Alone, string>> = {
  "not yet": `One world. ${WORLDS} worlds follow.`,
  "too long": "One world: the run takes too long for more. balloon-sim host --worlds 5 shows how far figures vary.",
  "pinned failed": "One world, and nothing to compare with: the pinned run has failed.",
  "worlds failed": "One world: a run in more worlds has failed.",
};

/** The results of the present settings and of the pinned ones. */
export class HostRuns {
  #shown: RanInPage | null = null;
  #pinned: RanInPage | null = null;
  #worlds: HostWorlds | null = null;
  #alone: Alone = "not yet";

  /** A run has begun. */
  begin(): void {
    this.#worlds = null;
    this.#alone = "not yet";
  }

  /** Forgets everything: there is another host. */
  clear(): void {
    this.#shown = null;
    this.forgetPinned();
  }

  /** Other settings are pinned. */
  forgetPinned(): void {
    this.#pinned = null;
    this.begin();
  }

  /** The shown run is over. */
  show(run: RanInPage): void {
    this.#shown = run;
  }

  /** The pinned run is over. */
  pin(run: RanInPage): void {
    this.#pinned = run;
  }

  /** Both have been run in more worlds; null: they take too long. */
  spread(worlds: HostWorlds | null): void {
    this.#worlds = worlds;
    if (worlds === null) this.#alone = "too long";
  }

  /** A run has failed, and none follows. */
  fail(stage: Stage): void {
    if (stage === "pinned") this.#pinned = null;
    if (stage !== "shown") this.#alone = `${stage} failed`;
  }

  /** What there is; null: nothing yet. @param isPinned whether the shown settings are the pinned ones */
  compared(isPinned: boolean): ComparedRuns | null {
    if (this.#shown === null) return null;
    const pinned = isPinned ? null : (this.#pinned?.result ?? null);
    return { shown: this.#shown.result, pinned, worlds: this.#worlds, alone: ALONE[this.#alone] };
  }
}
