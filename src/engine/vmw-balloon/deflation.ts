import { custodyOf, framesOf, PageSize } from "../page-size.ts";
import { Custody } from "../ports.ts";
import { Command } from "../protocol.ts";
import { KernelRequest } from "../requests.ts";
import type { Pages } from "../units.ts";
import type { Core } from "./core.ts";
import { Phase } from "./state.ts";
import { FREE } from "./statistics.ts";

/** A deflation: rounds of one command each, of pages of 4 KiB, then of 2 MiB. */
export class Deflation {
  readonly #core: Core;
  /** Pages of a size that an interrupted deflation has already taken from the balloon. Only used while the shrinker works. */
  #inFlight = 0;
  #inFlightSize = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Begins a deflation to the target. */
  begin(): number {
    return this.#begin(0);
  }

  /** Begins one by `goal` frames for the shrinker: the pages of a pending UNLOCK are not taken again. */
  beginShrink(goal: Pages): number {
    const s = this.#core.state;
    this.#inFlight = s.phase === Phase.Unlock ? s.pages : 0;
    this.#inFlightSize = s.pageSize;
    return this.#begin(goal);
  }

  /** Ends that of the shrinker. */
  endShrink(): void {
    this.#inFlight = 0;
  }

  unlocked(status: number, refused: number, target: Pages): number {
    const core = this.#core;
    const s = core.state;
    const released = core.transferred(status, refused, target);
    s.isComplete = released === s.wanted ? 1 : 0;
    if (s.pageSize === PageSize.Large) s.large -= released;
    else s.small -= released;
    s.unlocked += released * framesOf(s.pageSize);
    s[FREE[s.pageSize] as "free4k"] += released;
    if (released === 0) return this.released();
    return core.ask(Phase.FreeUnlocked, KernelRequest.Free, released, custodyOf(Custody.Unlocked, s.pageSize));
  }

  /** Ends a round of releases. One that was not complete goes on with larger pages. */
  released(): number {
    const s = this.#core.state;
    if (s.isComplete === 1) return this.#release();
    if (s.pageSize === s.maxPageSize) return this.#core.end();
    s.pageSize = PageSize.Large;
    return this.#release();
  }

  /** @param goal frames to be released; 0: those above the target */
  #begin(goal: Pages): number {
    const s = this.#core.state;
    s.goal = goal;
    s.tried = 0;
    s.pageSize = PageSize.Small;
    return this.#release();
  }

  #release(): number {
    const core = this.#core;
    const s = core.state;
    const surplus = s.goal > 0 ? s.goal - s.tried : -core.change;
    if (surplus <= 0) return core.end();
    const frames = framesOf(s.pageSize);
    s.wanted = Math.min(s.batchMax, Math.ceil(surplus / frames));
    const taken = this.#inFlightSize === s.pageSize ? this.#inFlight : 0;
    s.pages = Math.min(s.wanted, (s.pageSize === PageSize.Large ? s.large : s.small) - taken);
    s.tried += s.pages * frames;
    s.isComplete = 0;
    return s.pages === 0 ? this.released() : core.transfer(Phase.Unlock, Command.Unlock);
  }
}
