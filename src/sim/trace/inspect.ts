import type { Pages, Us } from "../../common/units.ts";
import { quantityOf, seriesList, seriesName } from "./columns.ts";
import { RowSource } from "./row-source.ts";
import { type CapabilityName, capabilityNames } from "./sections/host.ts";
import { targetRemark } from "./target-remark.ts";
import type { HostRule, Origin, Provenance, Series, Trace, TraceEvent, TraceSource } from "./types.ts";

/** The figures of a series. */
export interface SeriesFigures {
  /** `target`, `kernelMemory`, or the workload's name and field: `db/anon`. */
  readonly name: string;
  readonly unit: "pages" | "pages/s";
  /** Number of points or values in the trace; 1 if it is constant. */
  readonly points: number;
  /** Minimum and maximum of the known values; null without a known value. */
  readonly min: number | null;
  readonly max: number | null;
  readonly hold: Series["hold"];
  readonly repeatUs: number;
  readonly how: Provenance;
  readonly from: string | null;
  /** Time in which the value is unknown. */
  readonly unknownUs: number;
}

/** The figures of a trace. */
export interface TraceFigures {
  readonly name: string;
  readonly description: string;
  readonly origin: Origin;
  /** Whether it is one JSON document or JSON lines. */
  readonly form: "json" | "json-lines";
  readonly durationUs: number;
  readonly seed: string;
  readonly guest: Omit<Trace["guest"], "kernelMemory">;
  readonly callNs: number;
  readonly entryNs: number;
  readonly largeEntryNs: number;
  readonly unlockEntryNs: number;
  readonly unlockLargeEntryNs: number;
  /** What the host grants beside single pages, by the names in traces. */
  readonly capabilities: readonly CapabilityName[];
  readonly series: readonly SeriesFigures[];
  readonly workloads: readonly {
    readonly name: string;
    readonly fileWarm: boolean;
    /** Processors. */
    readonly cpu: number;
    readonly swapped: Pages;
    readonly restartUs: number | null;
  }[];
  readonly rules: readonly HostRule[];
  readonly events: readonly TraceEvent[];
  readonly measured: readonly (Omit<Trace["measured"][number], "atUs" | "values"> & { readonly points: number })[];
}

/**
 * Computes the figures of a trace; reads JSON lines to their end.
 * @throws {InputError} if a row is malformed
 */
export function inspectTrace(source: TraceSource): TraceFigures {
  const { trace } = source;
  const columns = source instanceof RowSource ? readRows(source) : new Map<number, SeriesFigures>();
  const series = seriesList(trace).flatMap((each, id) => {
    if (each === null) return [];
    return [columns.get(id) ?? figuresOf(each, seriesName(trace, id), quantityOf(id).unit, source.endUs)];
  });
  const { kernelMemory, ...guest } = trace.guest;
  return {
    name: trace.name,
    description: trace.description,
    origin: trace.origin,
    form: source instanceof RowSource ? "json-lines" : "json",
    durationUs: source.endUs,
    seed: trace.seed,
    guest,
    callNs: trace.host.callNs,
    entryNs: trace.host.entryNs,
    largeEntryNs: trace.host.largeEntryNs,
    unlockEntryNs: trace.host.unlockEntryNs,
    unlockLargeEntryNs: trace.host.unlockLargeEntryNs,
    capabilities: capabilityNames(trace.host.capabilities),
    series,
    workloads: trace.workloads.map(({ name, fileWarm, swapped, restartUs, cpu }) => ({
      name,
      fileWarm,
      swapped,
      restartUs,
      cpu,
    })),
    rules: trace.host.rules,
    events: source.events,
    measured: trace.measured.map(({ atUs, values, ...rest }) => ({ ...rest, points: atUs.length })),
  };
}

/** A remark about a target above the guest's RAM; null if it is not. */
export const targetRemarkOf = ({ guest, series }: TraceFigures): string | null =>
  targetRemark(guest.memory, series.find(({ name }) => name === "target")?.max ?? 0);

/** Figures of a series in memory, over a trace that ends at `endUs`. */
function figuresOf(series: Series, name: string, unit: SeriesFigures["unit"], endUs: number): SeriesFigures {
  const known = new Range();
  for (const value of series.value) known.add(value);
  const { repeatUs } = series;
  const periods = repeatUs > 0 ? Math.floor(endUs / repeatUs) : 0;
  const whole = periods > 0 ? periods * unknownUntil(series, repeatUs) : 0;
  return {
    name,
    unit,
    points: series.value.length,
    min: known.min,
    max: known.max,
    hold: series.hold,
    repeatUs,
    how: series.how,
    from: series.from,
    unknownUs: whole + unknownUntil(series, endUs - periods * repeatUs),
  };
}

/** Time before `endUs` in which a series is unknown, in its first period only. */
function unknownUntil({ at, value }: Series, endUs: number): Us {
  let sum = 0;
  value.forEach((each, index) => {
    if (Number.isNaN(each)) sum += Math.max(0, Math.min(at[index + 1] ?? endUs, endUs) - (at[index] as number));
  });
  return sum;
}

/** Reads all rows and computes the figures of the columns. */
function readRows(source: RowSource): Map<number, SeriesFigures> {
  const { columns, rows, trace } = source;
  const known = columns.map(() => new Range());
  const unknownSince = columns.map(() => Number.NaN);
  const unknown = columns.map(() => 0);
  const indexOf = new Map(columns.map((column, index) => [column.series, index]));
  const change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  const close = (index: number, us: Us): void => {
    const since = unknownSince[index] as number;
    if (!Number.isNaN(since)) unknown[index] = (unknown[index] as number) + us - since;
    unknownSince[index] = Number.NaN;
  };
  while (rows.atUs !== Number.POSITIVE_INFINITY) {
    rows.take(change);
    const index = indexOf.get(change.series) as number;
    (known[index] as Range).add(change.value);
    close(index, change.atUs);
    if (Number.isNaN(change.value)) unknownSince[index] = change.atUs;
  }
  source.finish();
  return new Map(
    columns.map((column, index) => {
      close(index, source.endUs);
      const { min, max } = known[index] as Range;
      const figures: SeriesFigures = {
        name: seriesName(trace, column.series),
        unit: column.quantity.unit,
        points: source.valuesOf(index),
        min,
        max,
        hold: column.hold,
        repeatUs: 0,
        how: column.how,
        from: column.from,
        unknownUs: unknown[index] as number,
      };
      return [column.series, figures];
    }),
  );
}

/** Minimum and maximum of some values, without NaN. */
class Range {
  min: number | null = null;
  max: number | null = null;

  add(value: number): void {
    if (Number.isNaN(value)) return;
    if (this.min === null || value < this.min) this.min = value;
    if (this.max === null || value > this.max) this.max = value;
  }
}
