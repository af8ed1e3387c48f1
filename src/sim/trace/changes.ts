import { seriesList } from "./columns.ts";
import type { Change, Series, SeriesId, Trace, TraceEvent, TraceSource } from "./types.ts";

/** A stream of changes whose next change can be examined before it is taken. */
export interface ChangeQueue {
  /** Time of the next change; Infinity if there is none. */
  readonly atUs: number;
  /** Series of the next change. */
  readonly series: SeriesId;
  /** Copies the next change to `change` and advances. */
  take(change: Change): void;
}

/** The changes of a trace in memory. */
export function traceSource(trace: Trace): TraceSource {
  return new MemorySource(trace);
}

class MemorySource implements TraceSource {
  readonly trace: Trace;
  readonly events: readonly TraceEvent[];
  readonly endUs: number;
  private readonly queue: SeriesQueue;

  constructor(trace: Trace) {
    this.trace = trace;
    this.events = trace.events;
    this.endUs = trace.durationUs;
    this.queue = new SeriesQueue(seriesList(trace), trace.durationUs);
  }

  next(change: Change): boolean {
    if (this.queue.atUs === Number.POSITIVE_INFINITY) return false;
    this.queue.take(change);
    return true;
  }

  close(): void {}
}

/**
 * Merges the points of series into one stream ordered by time, then by series: a binary heap of the series' next
 * points. Periods are unrolled on demand, points without an effect are omitted, and nothing is allocated meanwhile.
 */
export class SeriesQueue implements ChangeQueue {
  private readonly list: readonly (Series | null)[];
  private readonly endUs: number;
  /** Per series: index of its next point, start of its current period, time of the point. */
  private readonly index: Int32Array;
  private readonly base: Float64Array;
  private readonly due: Float64Array;
  /** Per series: 1 if its points repeat and have an effect after the first period. */
  private readonly repeats: Uint8Array;
  /** Series that have a next point, as a heap. */
  private readonly heap: Int32Array;
  private size = 0;

  /** @param list series by `SeriesId`, null for series of another stream; changes after `endUs` are omitted */
  constructor(list: readonly (Series | null)[], endUs: number) {
    this.list = list;
    this.endUs = endUs;
    this.index = new Int32Array(list.length);
    this.base = new Float64Array(list.length);
    this.due = new Float64Array(list.length);
    this.repeats = Uint8Array.from(list, (series) => (series !== null && repeatsWithChange(series) ? 1 : 0));
    this.heap = new Int32Array(list.length);
    // All are due at 0, so ascending series already are a heap.
    for (let id = 0; id < list.length; id++) if (list[id] !== null) this.heap[this.size++] = id;
  }

  get atUs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.due[this.top] as number);
  }

  get series(): SeriesId {
    return this.size === 0 ? -1 : this.top;
  }

  take(change: Change): void {
    const id = this.top;
    const { value, at } = this.list[id] as Series;
    const index = this.index[id] as number;
    change.series = id;
    change.atUs = this.due[id] as number;
    change.value = value[index] as number;
    if (slopes(this.list[id] as Series, index)) {
      change.untilUs = (this.base[id] as number) + (at[index + 1] as number);
      change.untilValue = value[index + 1] as number;
    } else {
      change.untilUs = change.atUs;
      change.untilValue = change.value;
    }
    this.advance(id);
  }

  private get top(): SeriesId {
    return this.heap[0] as SeriesId;
  }

  /** Advances the series at the top to its next point with an effect. */
  private advance(id: SeriesId): void {
    const series = this.list[id] as Series;
    const count = pointsInPeriod(series);
    let index = this.index[id] as number;
    do {
      index++;
      if (index === count) {
        if (this.repeats[id] === 0) {
          this.drop();
          return;
        }
        index = 0;
        this.base[id] = (this.base[id] as number) + series.repeatUs;
      }
    } while (changesNothing(series, index));
    this.index[id] = index;
    this.due[id] = (this.base[id] as number) + (series.at[index] as number);
    if ((this.due[id] as number) > this.endUs) this.drop();
    else this.sink();
  }

  private drop(): void {
    this.size--;
    this.heap[0] = this.heap[this.size] as SeriesId;
    this.sink();
  }

  private before(a: SeriesId, b: SeriesId): boolean {
    const difference = (this.due[a] as number) - (this.due[b] as number);
    return difference === 0 ? a < b : difference < 0;
  }

  /** Restores the order of the heap after the time of its top has increased. */
  private sink(): void {
    const { heap, size } = this;
    const moved = heap[0] as SeriesId;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.before(heap[child + 1] as SeriesId, heap[child] as SeriesId)) child++;
      if (this.before(moved, heap[child] as SeriesId)) break;
      heap[hole] = heap[child] as SeriesId;
      hole = child;
    }
    heap[hole] = moved;
  }
}

/** Whether a sloped line leads from point `index` to the next. */
function slopes({ hold, value }: Series, index: number): boolean {
  const here = value[index] as number;
  const next = value[index + 1];
  return hold === "linear" && next !== undefined && next !== here && !Number.isNaN(here) && !Number.isNaN(next);
}

/** Number of points of a period: a point at its very end belongs to the next period. */
function pointsInPeriod({ at, repeatUs }: Series): number {
  return repeatUs > 0 && at[at.length - 1] === repeatUs ? at.length - 1 : at.length;
}

/** Whether a point (not the very first) repeats the present value. */
function changesNothing(series: Series, index: number): boolean {
  const before = (index === 0 ? pointsInPeriod(series) : index) - 1;
  return Object.is(series.value[before], series.value[index]) && !slopes(series, index) && !slopes(series, before);
}

function repeatsWithChange(series: Series): boolean {
  if (series.repeatUs === 0) return false;
  for (let index = 0; index < pointsInPeriod(series); index++) if (!changesNothing(series, index)) return true;
  return false;
}
