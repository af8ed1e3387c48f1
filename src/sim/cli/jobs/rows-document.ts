import { createReadStream } from "node:fs";
import { STDOUT } from "../../../common/cli/output.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import type { OutputFile, Writable } from "../../../common/files/output-file.ts";
import type { CsvValue } from "../../output/csv.ts";
import { leadingNames } from "../../output/leading-columns.ts";
import { type RowFrame, rowFrame } from "../../output/row-format.ts";
import type { Job, RowsSpec } from "./job.ts";

/** Number of bytes that are read at once. */
const CHUNK_BYTES = 1 << 18;

/** The text around the rows of a job with rows. */
export function frameOf({ rows }: Pick<Job, "rows">): RowFrame {
  const { format, columns, placement, isBare } = rows as RowsSpec;
  return rowFrame(
    format,
    isBare ? columns : [...leadingNames(placement.isNamed, placement.world !== null), ...columns],
  );
}

/** Bytes in pieces. A piece is valid until the next one is requested. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * The bytes of a file from an offset on. It is opened when the first piece is requested: an open that is under way would fail, and
 * end the process, if the output can't be written and the file is removed.
 */
export async function* piecesOf(path: string, start: number): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { start, highWaterMark: CHUNK_BYTES });
}

/** Values of the leading columns of a run. @param name name in the trace */
export function leadingOf({ traceColumn, rows }: Pick<Job, "traceColumn" | "rows">, name: string): CsvValue[] {
  const { isNamed, world } = (rows as RowsSpec).placement;
  return [...(isNamed ? [traceColumn, name] : []), ...(world === null ? [] : [world])];
}

/** Collects the rows of several runs. */
export interface RunRows {
  /**
   * Adds the rows of a run from a file, which begins with the head of a document and lacks its end.
   * @param leading values of the leading columns
   */
  addFile(path: string, leading: readonly CsvValue[]): Promise<void>;
  /** Adds the rows of a run. @param rows their text in pieces, without head and end of a document */
  add(rows: Pieces, leading: readonly CsvValue[]): Promise<void>;
  /** Ends the document and creates the file. */
  end(): Promise<void>;
}

/** A text document. The rows of each run already contain their leading columns. */
export class RowsDocument implements RunRows {
  readonly #file: OutputFile | null;
  readonly #to: Writable;
  readonly #frame: RowFrame;
  #isEmpty = true;

  /** @param file null: standard output */
  constructor(file: OutputFile | null, frame: RowFrame) {
    this.#file = file;
    this.#to = file ?? STDOUT;
    this.#frame = frame;
  }

  async addFile(path: string): Promise<void> {
    const start = Buffer.byteLength(this.#frame.head);
    await this.add(piecesOf(path, start));
  }

  async add(rows: Pieces): Promise<void> {
    const { head, separator } = this.#frame;
    await writeAll(this.#to, Buffer.from(this.#isEmpty ? head : separator));
    for await (const piece of rows) await writeAll(this.#to, piece);
    this.#isEmpty = false;
  }

  async end(): Promise<void> {
    await writeAll(this.#to, Buffer.from(this.#frame.tail));
    this.#file?.commit();
  }
}
