import { traceSource } from "../../trace/changes.ts";
import { RowSource } from "../../trace/row-source.ts";
import type { Change, Trace, TraceEvent, TraceSource } from "../../trace/types.ts";
import { AS_IT_IS, applyWhatIf, type WhatIf } from "../../trace/what-if.ts";

/** Numbers per stored change. */
const FIELDS = 5;

/** A trace in memory, read once and run any number of times. */
export class HeldTrace {
  readonly trace: Trace;
  /** End of the trace with the what-if, in microseconds. */
  readonly endUs: number;
  readonly #open: () => TraceSource;

  /**
   * @param source is read to its end and closed
   * @param whatIf changes to it in every run
   * @param shown name of the trace in messages
   * @throws {InputError} if the trace is malformed, or the what-if is invalid for it
   */
  constructor(source: TraceSource, whatIf: WhatIf = AS_IT_IS, shown = source.trace.name) {
    const { trace } = source;
    let open: () => TraceSource;
    if (source instanceof RowSource) {
      const changes = drain(source);
      const { events, endUs } = source;
      source.close();
      open = () => new HeldSource(trace, changes, events, endUs);
    } else {
      source.close();
      open = () => traceSource(trace);
    }
    this.#open = () => applyWhatIf(open(), whatIf, shown);
    const { trace: changed, endUs } = this.#open();
    this.trace = changed;
    this.endUs = endUs;
  }

  /** The trace from its beginning. */
  open(): TraceSource {
    return this.#open();
  }

  /** Whether its runs draw random numbers: only rules of the host that apply to a fraction of commands do. */
  get isRandom(): boolean {
    return this.trace.host.rules.some((rule) => rule.fraction < 1);
  }
}

/** All changes of a source, one after the other. */
function drain(source: TraceSource): Float64Array {
  const change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  const numbers: number[] = [];
  while (source.next(change)) {
    numbers.push(change.atUs, change.series, change.value, change.untilUs, change.untilValue);
  }
  return Float64Array.from(numbers);
}

class HeldSource implements TraceSource {
  readonly trace: Trace;
  readonly events: readonly TraceEvent[];
  readonly endUs: number;
  readonly #changes: Float64Array;
  #next = 0;

  constructor(trace: Trace, changes: Float64Array, events: readonly TraceEvent[], endUs: number) {
    this.trace = trace;
    this.events = events;
    this.endUs = endUs;
    this.#changes = changes;
  }

  next(change: Change): boolean {
    const at = this.#next;
    const changes = this.#changes;
    if (at === changes.length) return false;
    change.atUs = changes[at] as number;
    change.series = changes[at + 1] as number;
    change.value = changes[at + 2] as number;
    change.untilUs = changes[at + 3] as number;
    change.untilValue = changes[at + 4] as number;
    this.#next = at + FIELDS;
    return true;
  }

  close(): void {}
}
