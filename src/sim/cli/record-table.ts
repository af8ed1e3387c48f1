import { FileSink } from "../../common/cli/text-sink.ts";
import type { Writable } from "../../common/files/output-file.ts";
import { type CsvValue, csvLines } from "../output/csv.ts";

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

/** A table in CSV, with a line of names. */
export class CsvTable implements RecordTable {
  readonly #sink: FileSink;

  constructor(columns: readonly Pick<RecordColumn, "name">[], to: Writable) {
    this.#sink = new FileSink(to);
    this.#sink.write(csvLines([columns.map(({ name }) => name)]));
  }

  add(record: readonly CsvValue[]): void {
    this.#sink.write(csvLines([record]));
  }

  get isFull(): boolean {
    return this.#sink.isFull;
  }

  async flush(): Promise<void> {
    await this.#sink.flush();
  }

  async end(): Promise<void> {
    await this.#sink.flush();
  }
}
