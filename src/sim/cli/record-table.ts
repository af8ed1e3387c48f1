import type { CsvValue } from "../output/csv.ts";

/** A column of a table of records, such as a row a run. */
export interface RecordColumn {
  readonly name: string;
  /** What its values are. A value that is null, or not there, is an empty field of CSV. */
  readonly type: "whole" | "number" | "text" | "yes/no";
  /** Unit of its numbers; empty: they have none. */
  readonly unit: string;
  readonly meaning: string;
}

/** The column that tells runs of one trace apart. */
export const WORLD_COLUMN: RecordColumn = {
  name: "world",
  type: "whole",
  unit: "",
  meaning: "Number of the world: 1 is the trace as it is written",
};

/** Takes records, one after the other, and writes them as a table. */
export interface RecordTable {
  /** @param record a value a column */
  add(record: readonly CsvValue[]): void;
  /** Whether enough has gathered for `flush` to be worth it, and for memory to be spared. */
  readonly isFull: boolean;
  flush(): Promise<void>;
  /** No more records come. */
  end(): Promise<void>;
}
