import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { type Fields, nullable, oneOf, type Reader, text } from "./decode.ts";
import { WORKLOAD_KEYS } from "./sections/workload.ts";
import { HOLDS, MAX_TEXT, PROVENANCES, QUANTITY_OF_FIELD, type Quantity, SIZE, TARGET } from "./series.ts";
import {
  type Provenance,
  SERIES_KERNEL_MEMORY,
  SERIES_TARGET,
  type Series,
  type SeriesId,
  seriesOfWorkload,
  type Trace,
  WORKLOAD_FIELDS,
  type WorkloadField,
} from "./types.ts";

/** A series whose values are in the rows of a JSON-lines trace. */
export interface Column {
  /** Its key in the rows: `target`, `kernelMemory`, `anon` (of the first workload), `db/anon`. */
  readonly key: string;
  readonly series: SeriesId;
  readonly quantity: Quantity;
  readonly hold: Series["hold"];
  readonly how: Provenance;
  readonly from: string | null;
  /** The header's value for time 0, NaN for unknown; null if the header has none, and a row must have it. */
  readonly initial: number | null;
}

/** Marks a column without a value so far; no quantity is negative. */
export const NO_VALUE = -1;

/**
 * A reader of `rows` of a header: the columns of the rows, in the order of their series.
 * @param trace the rest of the header, decoded
 * @param header the header itself, to distinguish its values from defaults
 */
export function columnsReader(trace: Trace, header: Fields): Reader<Column[]> {
  const names = columnNames(trace.workloads.map((workload) => workload.name));
  return (value, decoder) => {
    const fields = decoder.object(value, [...names.keys()], [], constantHint);
    const columns = new Map<SeriesId, Column>();
    for (const [key, series] of names) {
      const column = decoder.field(fields, key, columnReader(key, series, trace, header), null);
      if (column === null) continue;
      const other = columns.get(series);
      if (other !== undefined) decoder.problem(`the same series as ${quote(other.key)}`, key);
      columns.set(series, column);
    }
    return [...columns.values()].sort((a, b) => a.series - b.series);
  };
}

function columnReader(key: string, series: SeriesId, trace: Trace, header: Fields): Reader<Column> {
  return (value, decoder) => {
    const fields = decoder.object(value, ["hold", "how", "from"]);
    const given = headerGives(header, series) ? seriesList(trace)[series] : null;
    if (given && given.value.length > 1) {
      throw new InputError("the header gives this series with more than one point; give one value there, or no column");
    }
    return {
      key,
      series,
      quantity: quantityOf(series),
      hold: decoder.field(fields, "hold", oneOf(HOLDS), "step"),
      how: decoder.field(fields, "how", oneOf(PROVENANCES), "assumed"),
      from: decoder.field(fields, "from", nullable(text(MAX_TEXT)), null),
      initial: given?.value[0] ?? null,
    };
  };
}

/** Whether a header has a value for a series. */
function headerGives(header: Fields, series: SeriesId): boolean {
  const place = seriesPath(series);
  let here: unknown = header;
  for (const step of place) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return false;
    here = (here as Record<string | number, unknown>)[step];
  }
  return true;
}

/** Path of a series in a document. */
export function seriesPath(series: SeriesId): (string | number)[] {
  if (series === SERIES_TARGET) return ["host", "target"];
  if (series === SERIES_KERNEL_MEMORY) return ["guest", "kernelMemory"];
  const index = series - seriesOfWorkload(0, 0);
  return ["workloads", Math.floor(index / WORKLOAD_FIELDS.length), fieldOf(series)];
}

function fieldOf(series: SeriesId): WorkloadField {
  return WORKLOAD_FIELDS[(series - seriesOfWorkload(0, 0)) % WORKLOAD_FIELDS.length] as WorkloadField;
}

/** The notation of a series' values. */
export function quantityOf(series: SeriesId): Quantity {
  if (series === SERIES_TARGET) return TARGET;
  if (series === SERIES_KERNEL_MEMORY) return SIZE;
  return QUANTITY_OF_FIELD[fieldOf(series)];
}

/** All valid keys of a row for these workloads, with their series. */
function columnNames(workloads: readonly string[]): Map<string, SeriesId> {
  const names = new Map<string, SeriesId>([
    ["target", SERIES_TARGET],
    ["kernelMemory", SERIES_KERNEL_MEMORY],
  ]);
  workloads.forEach((workload, index) => {
    WORKLOAD_FIELDS.forEach((field, number) => {
      const series = seriesOfWorkload(index, number);
      if (index === 0) names.set(field, series);
      names.set(`${workload}/${field}`, series);
    });
  });
  return names;
}

/** What to do with a key of rows that names a field of a workload without series: `db/cpu`; empty for other keys. */
export function constantHint(key: string): string {
  const field = key.slice(key.indexOf("/") + 1);
  const isConstant = WORKLOAD_KEYS.includes(field) && !(WORKLOAD_FIELDS as readonly string[]).includes(field);
  return isConstant
    ? `: a workload's ${quote(field)} does not change with time; give it in the header, in "workloads"`
    : "";
}

/** The series of a trace in the order of their `SeriesId`; null for a working set that is all of `anon`. */
export function seriesList(trace: Trace): (Series | null)[] {
  const list: (Series | null)[] = [trace.host.target, trace.guest.kernelMemory];
  for (const workload of trace.workloads) for (const field of WORKLOAD_FIELDS) list.push(workload[field]);
  return list;
}

/** The name of a series, in `show` and as the key of a row. */
export function seriesName(trace: Trace, series: SeriesId): string {
  if (series === SERIES_TARGET) return "target";
  if (series === SERIES_KERNEL_MEMORY) return "kernelMemory";
  const index = series - seriesOfWorkload(0, 0);
  const workload = trace.workloads[Math.floor(index / WORKLOAD_FIELDS.length)];
  return `${workload?.name}/${fieldOf(series)}`;
}

/** The trace with its series replaced, in the order of their `SeriesId`. */
export function withSeries(trace: Trace, list: readonly (Series | null)[]): Trace {
  return {
    ...trace,
    host: { ...trace.host, target: list[SERIES_TARGET] as Series },
    guest: { ...trace.guest, kernelMemory: list[SERIES_KERNEL_MEMORY] as Series },
    workloads: trace.workloads.map((workload, index) => ({
      ...workload,
      ...Object.fromEntries(WORKLOAD_FIELDS.map((field, number) => [field, list[seriesOfWorkload(index, number)]])),
    })),
  };
}
