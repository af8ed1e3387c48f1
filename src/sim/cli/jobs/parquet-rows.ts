import { STDOUT } from "../../../common/cli/output.ts";
import type { OutputFile } from "../../../common/files/output-file.ts";
import { columnNamed } from "../../output/columns.ts";
import type { CsvValue } from "../../output/csv.ts";
import { leadingNames } from "../../output/leading-columns.ts";
import { rowFrame } from "../../output/row-format.ts";
import { ParquetTable } from "../parquet-table.ts";
import { type RecordColumn, WORLD_COLUMN } from "../record-table.ts";
import type { RowsSpec } from "./job.ts";
import { type Pieces, piecesOf, type RunRows } from "./rows-document.ts";

const LEADING: Readonly<Record<string, RecordColumn>> = {
  trace: { name: "trace", type: "text", unit: "", meaning: "File of the trace, as the command line gives it" },
  name: { name: "name", type: "text", unit: "", meaning: "Name in the trace" },
  world: WORLD_COLUMN,
};

const KINDS = { level: "at the row's time", total: "since the run began", interval: "since the previous row" } as const;

/** A Parquet file of the rows of several runs. Its input is CSV without leading columns. */
export class ParquetRows implements RunRows {
  readonly #file: OutputFile | null;
  readonly #table: ParquetTable;
  readonly #headBytes: number;

  private constructor(file: OutputFile | null, table: ParquetTable, headBytes: number) {
    this.#file = file;
    this.#table = table;
    this.#headBytes = headBytes;
  }

  /** @param file null: standard output */
  static async create(
    file: OutputFile | null,
    { columns, placement }: Pick<RowsSpec, "columns" | "placement">,
  ): Promise<ParquetRows> {
    const leading = leadingNames(placement.isNamed, placement.world !== null).map(
      (name) => LEADING[name] as RecordColumn,
    );
    const table = await ParquetTable.create([...leading, ...columns.map(columnOf)], file ?? STDOUT);
    return new ParquetRows(file, table, Buffer.byteLength(rowFrame("csv", columns).head));
  }

  async addFile(path: string, leading: readonly CsvValue[]): Promise<void> {
    await this.add(piecesOf(path, this.#headBytes), leading);
  }

  async add(rows: Pieces, leading: readonly CsvValue[]): Promise<void> {
    let rest = "";
    for await (const piece of rows) {
      // Rows consist of decimals, so each byte is one character.
      const lines = (rest + Buffer.from(piece).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#table.add([...leading, ...line.split(",")]);
      if (this.#table.isFull) await this.#table.flush();
    }
    if (rest !== "") this.#table.add([...leading, ...rest.split(",")]);
  }

  async end(): Promise<void> {
    await this.#table.end();
    this.#file?.commit();
  }
}

function columnOf(name: string): RecordColumn {
  const column = columnNamed(name);
  if (column === undefined) throw new Error(`no driver has the column ${name}`);
  const { unit, kind, meaning } = column;
  return { name, type: unit === "s" ? "number" : "whole", unit, meaning: `${meaning} (${KINDS[kind]})` };
}
