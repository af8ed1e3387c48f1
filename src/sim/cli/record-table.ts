import type { CsvValue } from "../output/csv.ts";

/** A column of a table of records, such as one record per run. */
export interface RecordColumn {
  readonly name: string;
  /** Type of its values. A null or undefined value is an empty field of CSV. */
  readonly type: "whole" | "number" | "text" | "yes/no";
  /** Unit of its numbers; empty: no unit. */
  readonly unit: string;
  readonly meaning: string;
}

/** The column that distinguishes the runs of one trace. */
export const WORLD_COLUMN: RecordColumn = {
  name: "world",
  type: "whole",
  unit: "",
  meaning: "Number of the world: 1 is the trace as written",
};

/** Writes records as a table, one after the other. */
export interface RecordTable {
  /** @param record one value per column */
  add(record: readonly CsvValue[]): void;
  /** Whether so much is buffered that `flush` should be called. */
  readonly isFull: boolean;
  flush(): Promise<void>;
  /** Ends the table after its last record. */
  end(): Promise<void>;
}
