import { createReadStream } from "node:fs";
import { STDOUT } from "../../../common/cli/output.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import type { OutputFile, Writable } from "../../../common/files/output-file.ts";
import { leadingNames } from "../../output/leading-columns.ts";
import { type RowFrame, rowFrame } from "../../output/row-format.ts";
import type { Job, RowsSpec } from "./job.ts";

const CHUNK_BYTES = 1 << 18;

/** What stands around the rows of a job that has some. */
export function frameOf({ rows }: Pick<Job, "rows">): RowFrame {
  const { format, columns, placement } = rows as RowsSpec;
  return rowFrame(format, [...leadingNames(placement.isNamed, placement.world !== null), ...columns]);
}

/** Bytes in pieces, each good until the next one is asked for. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One document of the rows of several runs. */
export class RowsDocument {
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

  /** Adds the rows of a run that wrote them, with the head of a document and without its end, into a file. */
  async addFile(path: string): Promise<void> {
    const start = Buffer.byteLength(this.#frame.head);
    await this.add(createReadStream(path, { start, highWaterMark: CHUNK_BYTES }));
  }

  /** Adds the rows of a run. @param rows their text in pieces, without head and end of a document */
  async add(rows: Pieces): Promise<void> {
    const { head, separator } = this.#frame;
    await writeAll(this.#to, Buffer.from(this.#isEmpty ? head : separator));
    for await (const piece of rows) await writeAll(this.#to, piece);
    this.#isEmpty = false;
  }

  /** Nothing more comes: the file appears. */
  async end(): Promise<void> {
    await writeAll(this.#to, Buffer.from(this.#frame.tail));
    this.#file?.commit();
  }
}
