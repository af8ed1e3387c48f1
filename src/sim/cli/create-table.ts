import { FileSink } from "../../common/cli/text-sink.ts";
import type { Writable } from "../../common/files/output-file.ts";
import { type CsvValue, csvLines } from "../output/csv.ts";
import type { RecordColumn, RecordTable } from "./record-table.ts";

/** A table in CSV, with a header line. */
class CsvTable implements RecordTable {
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

/** Creates a table in the given format. The code for Parquet is loaded only if it is used. */
export async function createTable(
  format: "csv" | "parquet",
  columns: readonly RecordColumn[],
  to: Writable,
): Promise<RecordTable> {
  if (format === "csv") return new CsvTable(columns, to);
  const { ParquetTable } = await import("./parquet-table.ts");
  return await ParquetTable.create(columns, to);
}
