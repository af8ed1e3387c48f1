import type { ColumnSource } from "hyparquet-writer";
import { version } from "../../common/cli/command-line.ts";
import { writeAll } from "../../common/cli/text-sink.ts";
import { InputError } from "../../common/errors.ts";
import type { Writable } from "../../common/files/output-file.ts";
import type { CsvValue } from "../output/csv.ts";
import type { RecordColumn, RecordTable } from "./record-table.ts";

/** Number of rows of a row group, which is held in memory until it is complete. */
const GROUP_ROWS = 1 << 16;
/** Number of buffered bytes from which `flush` is worthwhile. */
const FULL_BYTES = 1 << 18;

const TYPES = { whole: "INT64", number: "DOUBLE", text: "STRING", "yes/no": "BOOLEAN" } as const;

type ParquetValue = bigint | number | string | boolean | null;

type Library = typeof import("hyparquet-writer");

/**
 * A table in Parquet. Empty fields of CSV are null. The key-value metadata of each column contains its unit and its meaning; that
 * of the file contains those of all columns, as JSON, under the key `balloon-sim`. The row groups depend only on the records.
 */
export class ParquetTable implements RecordTable {
  readonly #columns: readonly RecordColumn[];
  readonly #to: Writable;
  readonly #bytes: InstanceType<Library["ByteWriter"]>;
  readonly #writer: InstanceType<Library["ParquetWriter"]>;
  #data: ParquetValue[][];
  #rows = 0;

  private constructor(
    { ByteWriter, ParquetWriter, schemaFromColumnData }: Library,
    columns: readonly RecordColumn[],
    to: Writable,
  ) {
    this.#columns = columns;
    this.#to = to;
    this.#data = columns.map(() => []);
    this.#bytes = new ByteWriter(FULL_BYTES);
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaFromColumnData({ columnData: this.#sources() }),
      createdBy: `balloon-sim version ${version()}`,
      kvMetadata: [{ key: "balloon-sim", value: JSON.stringify({ columns: columns.map(described) }) }],
    });
  }

  static async create(columns: readonly RecordColumn[], to: Writable): Promise<ParquetTable> {
    return new ParquetTable(await import("hyparquet-writer"), columns, to);
  }

  add(record: readonly CsvValue[]): void {
    for (let i = 0; i < this.#columns.length; i++) {
      (this.#data[i] as ParquetValue[]).push(parquetValue((this.#columns[i] as RecordColumn).type, record[i]));
    }
    if (++this.#rows === GROUP_ROWS) this.#writeGroup();
  }

  get isFull(): boolean {
    return this.#bytes.index >= FULL_BYTES;
  }

  async flush(): Promise<void> {
    await writeAll(this.#to, this.#bytes.getBytes());
    this.#bytes.index = 0;
  }

  async end(): Promise<void> {
    if (this.#rows > 0) this.#writeGroup();
    this.#writer.finish();
    await this.flush();
  }

  #writeGroup(): void {
    this.#writer.write({ columnData: this.#sources(), rowGroupSize: GROUP_ROWS });
    const group = this.#writer.row_groups.at(-1);
    group?.columns.forEach(({ meta_data }, i) => {
      const { unit, meaning } = this.#columns[i] as RecordColumn;
      if (meta_data === undefined) return;
      meta_data.key_value_metadata = [
        ...(unit === "" ? [] : [{ key: "unit", value: unit }]),
        { key: "meaning", value: meaning },
      ];
    });
    this.#data = this.#columns.map(() => []);
    this.#rows = 0;
  }

  #sources(): ColumnSource[] {
    return this.#columns.map(({ name, type }, i) => {
      return { name, type: TYPES[type], data: this.#data[i] as ParquetValue[], offsetIndex: false };
    });
  }
}

const described = ({ name, type, unit, meaning }: RecordColumn) => ({
  name,
  type,
  unit: unit === "" ? null : unit,
  meaning,
});

function parquetValue(type: RecordColumn["type"], value: CsvValue): ParquetValue {
  if (value === null || value === undefined || value === "") return null;
  if (type === "whole") return BigInt(value);
  return type === "number" ? Number(value) : value;
}

/**
 * Checks that a Parquet file is not written to a terminal.
 * @param output value of `-o`; undefined: the file is written to standard output
 * @throws {InputError} if it would be
 */
export function checkBinaryOutput(output: string | undefined): void {
  if (output !== undefined && output !== "-") return;
  if (process.stdout.isTTY) {
    throw new InputError(
      "--format parquet: standard output is a terminal, which can't show binary data: redirect it to a file",
    );
  }
}
