import { traceSource } from "../../trace/changes.ts";
import { RowSource } from "../../trace/row-source.ts";
import type { Change, Trace, TraceEvent, TraceSource } from "../../trace/types.ts";
import { AS_IT_IS, applyWhatIf, type WhatIf } from "../../trace/what-if.ts";

/** Numbers that a change is kept in. */
const FIELDS = 5;

/** A trace that is read once and run any number of times: nothing of its file is looked at again. */
export class HeldTrace {
  readonly trace: Trace;
  /** When the trace ends, as the what-if has it, in microseconds. */
  readonly endUs: number;
  readonly #open: () => TraceSource;

  /**
   * @param source is read to its end and closed
   * @param whatIf what is changed about it in every run
   * @param shown what to call it in messages
   * @throws {InputError} where the trace is damaged, or the what-if can't be that of this trace
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

  /** Whether anything in a run over it is drawn at random: only hosts that apply a rule now and then do so. */
  get isRandom(): boolean {
    return this.trace.host.rules.some((rule) => rule.fraction < 1);
  }
}

/** All changes of a source, one behind the other. */
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
