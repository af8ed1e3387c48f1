import { type Change, SERIES_TARGET, type TraceSource } from "../../trace/types.ts";

/** A trace whose targets after the first one are left out: those of the guest's own host, which have no effect on another one. */
export class WithoutTargets implements TraceSource {
  readonly #source: TraceSource;

  constructor(source: TraceSource) {
    this.#source = source;
  }

  get trace() {
    return this.#source.trace;
  }

  get events() {
    return this.#source.events;
  }

  get endUs() {
    return this.#source.endUs;
  }

  next(change: Change): boolean {
    while (this.#source.next(change)) if (change.series !== SERIES_TARGET || change.atUs === 0) return true;
    return false;
  }

  close(): void {
    this.#source.close();
  }
}
