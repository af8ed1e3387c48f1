import type { Pages } from "../../common/units.ts";
import type { RunView } from "../view/types.ts";
import { type Figures, figuresOf } from "./figures.ts";

/** How far back the state before a cause is looked for, unless the balloon follows an older target. */
export const LOOK_BACK_US = 60_000_000;
/** Least distance of two states, and how many are kept. */
const STEP_US = 1_000_000;
const MOST = 512;

/** The guest's recent states, one a second at most, while anything happens. */
export class Past {
  readonly #states: Figures[] = [];
  #targetUs = 0;
  #restartUs = 0;
  #target = 0;

  /** Notes the target of time 0. */
  beginTarget(target: Pages): void {
    this.#target = target;
  }

  /** Notes the present state, if a second has passed. */
  note(view: RunView): void {
    const last = this.#states.at(-1);
    if (last === undefined || view.timeUs >= last.atUs + STEP_US) this.#push(figuresOf(view));
  }

  /**
   * The host's target has changed. The state until now has the old one. Returns the change, in pages.
   * @param old the target just before; default: that of the last change, which has not moved since
   */
  retarget(view: RunView, old: Pages = this.#target): number {
    this.#push(figuresOf(view, old));
    this.#target = view.host.target;
    this.#targetUs = view.timeUs;
    return this.#target - old;
  }

  /** A kill or a reset has changed everything: no earlier state is one before later causes. */
  restart(view: RunView): void {
    this.#push(figuresOf(view));
    this.#restartUs = view.timeUs;
  }

  /** The state before what happens now: see `CauseRecord.before`. */
  before(view: RunView): Figures {
    const { timeUs } = view;
    const isFollowing = view.balloon.size !== view.host.target;
    const fromUs = Math.max(0, timeUs - LOOK_BACK_US);
    const wantedUs = Math.max(this.#restartUs, isFollowing ? Math.min(this.#targetUs, fromUs) : fromUs);
    const states = this.#states;
    if (states.length === 0) this.#push(figuresOf(view));
    let found = states[0] as Figures;
    for (let i = states.length - 1; i >= 0; i--) {
      found = states[i] as Figures;
      if (found.atUs <= wantedUs) break;
    }
    return found;
  }

  #push(figures: Figures): void {
    const states = this.#states;
    states.push(figures);
    // Beyond the limit every second of the older half is dropped.
    if (states.length <= MOST) return;
    const kept = states.filter((_, i) => i >= MOST / 2 || i % 2 === 0);
    states.splice(0, states.length, ...kept);
  }
}
