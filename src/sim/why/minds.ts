import type { Pages, PagesPerS, Us } from "../../common/units.ts";
import { type TargetMind, TraceMind } from "../host/mind.ts";
import type { Archive } from "../state/archive.ts";
import type { Change } from "../trace/types.ts";

/** A host that wants a part of what the trace says. */
export class PartMind extends TraceMind {
  readonly #part: number;

  /** @param part of the trace's target, 0 to 1 */
  constructor(part: number) {
    super();
    this.#part = part;
  }

  override targetAt(nowUs: Us): Pages {
    return Math.floor(super.targetAt(nowUs) * this.#part);
  }
}

/** A host that raises the target no faster than at a pace, and lowers it as the trace does. */
export class PacedMind implements TargetMind {
  readonly #inner = new TraceMind();
  readonly #pace: PagesPerS;
  /** Where the target stood at the last change, and when that was. */
  #fromUs: Us = 0;
  #from: Pages;

  /** @param begin the target before the run: the pages in the balloon */
  constructor(pace: PagesPerS, begin: Pages) {
    this.#pace = pace;
    this.#from = begin;
  }

  targetAt(nowUs: Us): Pages {
    const wanted = this.#inner.targetAt(nowUs);
    return Math.min(wanted, Math.floor(this.#from + (this.#pace * (nowUs - this.#fromUs)) / 1e6));
  }

  moves(nowUs: Us): boolean {
    return this.#inner.moves(nowUs) || this.targetAt(nowUs) < this.#inner.targetAt(nowUs);
  }

  get unknown(): boolean {
    return this.#inner.unknown;
  }

  follow(change: Readonly<Change>, nowUs: Us): boolean {
    if (nowUs > 0) this.#from = this.targetAt(nowUs);
    this.#fromUs = nowUs;
    return this.#inner.follow(change, nowUs);
  }

  archive(a: Archive): void {
    this.#inner.archive(a);
    this.#fromUs = a.number(this.#fromUs);
    this.#from = a.number(this.#from);
  }
}
