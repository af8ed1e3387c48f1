/** A window of a trace, and a trace with another target. */
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime, type Pages, type Us } from "../../common/units.ts";
import { SeriesQueue } from "./changes.ts";
import { seriesList, withSeries } from "./columns.ts";
import { constant } from "./series.ts";
import {
  type Change,
  type HostRule,
  SERIES_TARGET,
  type Series,
  type SeriesId,
  type Trace,
  type TraceEvent,
  type TraceSource,
} from "./types.ts";

/** What of a trace is left, and what is replaced. */
export interface TraceWindow {
  /** In microseconds since the trace began; time 0 of the window is `sinceUs`. Null: to the trace's end. */
  readonly sinceUs: Us;
  readonly untilUs: Us | null;
  /** Replaces the trace's target, from the beginning of the window on; null: the trace's own. */
  readonly target: Series | null;
}

/**
 * A window of a trace, which begins with the values of the series at `sinceUs`; a line continues from its value there. Rules of the
 * host that answer a limited number of commands and begin before `sinceUs` count as used up. The trace keeps its name.
 * @param shown name of the trace in messages
 * @param change changes the header
 * @throws {InputError} if the trace ends before the window begins
 */
export function windowSource(
  source: TraceSource,
  window: TraceWindow,
  shown: string,
  change: (trace: Trace) => Trace = (trace) => trace,
): TraceSource {
  try {
    return new WindowSource(source, window, escapeUnsafe(shown), change);
  } catch (error) {
    source.close();
    throw error;
  }
}

class WindowSource implements TraceSource {
  readonly trace: Trace;
  readonly #source: TraceSource;
  readonly #window: TraceWindow;
  /** The values at the beginning of the window, in reverse order. */
  readonly #begin: Change[];
  /** The target that replaces the trace's. */
  readonly #target: SeriesQueue | null;
  /** The trace's next change after the beginning of the window. */
  readonly #ahead = newChange();
  #hasAhead: boolean;
  /** The trace's own target at the beginning of the window, in pages. */
  #ownTarget = 0;

  constructor(source: TraceSource, window: TraceWindow, shown: string, change: (trace: Trace) => Trace) {
    const { sinceUs, untilUs, target: replaced } = window;
    this.#source = source;
    this.#window = window;
    const { trace } = source;
    const durationUs = Math.min(untilUs ?? Number.POSITIVE_INFINITY, trace.durationUs) - sinceUs;

    const begin = new Map<SeriesId, Change[]>();
    let hasAhead = this.#read(replaced !== null);
    for (; hasAhead && this.#ahead.atUs <= sinceUs; hasAhead = this.#read(replaced !== null)) {
      begin.set(this.#ahead.series, atBeginning(this.#ahead, sinceUs, begin.get(this.#ahead.series)));
    }
    this.#hasAhead = hasAhead;
    const endUs = hasAhead ? trace.durationUs : source.endUs;
    if (sinceUs > 0 && sinceUs >= endUs) {
      throw new InputError(`${shown}: --since ${formatTime(sinceUs)}: the trace is over at ${formatTime(endUs)}`);
    }
    this.#begin = [...begin.keys()]
      .sort((a, b) => a - b)
      .flatMap((series) => begin.get(series) ?? [])
      .reverse();
    this.#target = replaced === null ? null : new SeriesQueue([replaced], durationUs);
    this.trace = change(windowOf(trace, window, durationUs, this.#begin, this.#ownTarget));
  }

  get events(): readonly TraceEvent[] {
    const { sinceUs } = this.#window;
    return this.#source.events
      .filter(({ atUs, untilUs }) => (untilUs ?? atUs) >= sinceUs)
      .map((event) => ({
        ...event,
        atUs: Math.max(0, event.atUs - sinceUs),
        untilUs: event.untilUs === null ? null : event.untilUs - sinceUs,
      }));
  }

  get endUs(): number {
    const { sinceUs, untilUs } = this.#window;
    return Math.min(untilUs ?? Number.POSITIVE_INFINITY, this.#source.endUs) - sinceUs;
  }

  next(change: Change): boolean {
    const { endUs } = this;
    // A target that repeats is endless, the trace is not.
    const dueUs = this.#target?.atUs ?? Number.POSITIVE_INFINITY;
    const targetUs = dueUs > endUs ? Number.POSITIVE_INFINITY : dueUs;
    const first = this.#begin.at(-1);
    // At equal times the target comes first: its series is the first one.
    const behindUs = this.#hasAhead ? this.#ahead.atUs - this.#window.sinceUs : Number.POSITIVE_INFINITY;
    if (targetUs !== Number.POSITIVE_INFINITY && targetUs <= (first === undefined ? behindUs : 0)) {
      this.#target?.take(change);
      change.series = SERIES_TARGET;
      return true;
    }
    if (first !== undefined) {
      Object.assign(change, this.#begin.pop());
      return true;
    }
    if (!this.#hasAhead) return false;
    Object.assign(change, shifted(this.#ahead, this.#window.sinceUs));
    this.#hasAhead = this.#read(this.#target !== null);
    return true;
  }

  close(): void {
    this.#source.close();
  }

  /** Reads the trace's next change into `#ahead`, without changes of the target if it is replaced. */
  #read(isReplaced: boolean): boolean {
    const { sinceUs } = this.#window;
    while (this.#source.next(this.#ahead)) {
      if (this.#ahead.series !== SERIES_TARGET) return true;
      const known = this.#ahead.atUs <= sinceUs ? atBeginning(this.#ahead, sinceUs)[0]?.value : undefined;
      if (known !== undefined && !Number.isNaN(known)) this.#ownTarget = Math.floor(known);
      if (!isReplaced) return true;
    }
    return false;
  }
}

const newChange = (): Change => ({ atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 });

const shifted = (change: Change, us: Us): Change => ({
  ...change,
  atUs: change.atUs - us,
  untilUs: change.untilUs - us,
});

/**
 * Converts a change before the window to changes at its beginning, at time 0. If the value is unknown there, the last
 * known one precedes it, as in the trace.
 */
function atBeginning(change: Change, sinceUs: number, before: readonly Change[] = []): Change[] {
  const { series, atUs, value, untilUs, untilValue } = change;
  const held = (known: number): Change => ({ series, atUs: 0, value: known, untilUs: 0, untilValue: known });
  if (Number.isNaN(value)) {
    const known = before.find((one) => !Number.isNaN(one.value));
    return [...(known === undefined ? [] : [held(known.value)]), held(Number.NaN)];
  }
  if (untilUs <= sinceUs) return [held(untilValue)];
  const reached = value + ((untilValue - value) * (sinceUs - atUs)) / (untilUs - atUs);
  return [{ series, atUs: 0, value: reached, untilUs: untilUs - sinceUs, untilValue }];
}

/** The header of a window: its series have the values of the first changes. */
function windowOf(
  trace: Trace,
  { sinceUs, target }: TraceWindow,
  durationUs: number,
  begin: readonly Change[],
  ownTarget: Pages,
): Trace {
  const series = seriesList(trace);
  if (sinceUs > 0) {
    for (const { series: id, value } of begin) {
      const { hold, how, from } = series[id] as Series;
      series[id] = { ...constant(value), hold, how, from };
    }
  }
  if (target !== null) series[SERIES_TARGET] = target;
  const windowed = withSeries({ ...trace, ...startOf(trace, sinceUs, ownTarget), durationUs }, series);
  return { ...windowed, host: { ...windowed.host, rules: rulesOf(trace.host.rules, sinceUs) } };
}

/**
 * The state at the beginning of a window. The trace's initial state is of its own time 0; an initial balloon is assumed
 * to have followed the target down since then, and nothing is in swap.
 */
function startOf(trace: Trace, sinceUs: number, target: Pages): Pick<Trace, "guest" | "workloads"> {
  if (sinceUs === 0) return trace;
  return {
    guest: { ...trace.guest, balloon: Math.min(trace.guest.balloon, target) },
    workloads: trace.workloads.map((workload) => ({ ...workload, swapped: 0 })),
  };
}

function rulesOf(rules: readonly HostRule[], sinceUs: number): HostRule[] {
  return rules
    .filter(
      ({ fromUs, untilUs, count }) => fromUs >= sinceUs || (untilUs > sinceUs && count === Number.POSITIVE_INFINITY),
    )
    .map((rule) => ({ ...rule, fromUs: Math.max(0, rule.fromUs - sinceUs), untilUs: rule.untilUs - sinceUs }));
}
