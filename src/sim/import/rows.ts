/** The interface between the importer and writers of traces. */
import type { TraceEvent } from "../trace/types.ts";
import type { DemandField } from "./demand.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** A series of the trace whose values come in rows. */
export interface RowColumn {
  readonly key: "target" | DemandField;
  readonly hold: "step" | "linear";
  readonly how: "measured" | "derived";
  readonly from: string;
}

/** The shape of all rows of a trace. */
export interface RowShape {
  readonly columns: readonly RowColumn[];
  readonly measured: readonly ColumnSpec[];
}

/** Receives the rows and events of one trace in order of time. */
export interface RowSink {
  /**
   * @param atUs time in microseconds since the trace began
   * @param values of the columns, in pages; NaN for unknown
   * @param measured values in their own units, NaN for missing
   */
  row(atUs: number, values: Float64Array, measured: Float64Array): void;
  /** A new target between two rows; all other series are unchanged. */
  target(atUs: number, pages: number): void;
  event(atUs: number, type: TraceEvent["type"], text: string, untilUs?: number): void;
}
