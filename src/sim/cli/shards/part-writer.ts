import { createReadStream, statSync } from "node:fs";
import { version } from "../../../common/cli/command-line.ts";
import { STDOUT } from "../../../common/cli/output.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import { newHash, sha256 } from "../../../common/files/hash.ts";
import { OutputFile, type Writable } from "../../../common/files/output-file.ts";
import { PART_FORMAT, PART_VERSION, type PartEnd, type PartHeader, type ShardedCommand } from "./part-format.ts";
import type { Shard } from "./shard.ts";

const CHUNK_BYTES = 1 << 18;

/** The result that a part belongs to. */
export interface PartOf {
  readonly command: ShardedCommand;
  readonly shard: Shard;
  /** Number of runs of all shards together. */
  readonly runs: number;
  /** All inputs of the result except the traces' contents, as data for JSON. */
  readonly options: unknown;
  /** Contents of the traces, or their hashes. */
  readonly traces: unknown;
  /** The description of the result, as data for JSON. */
  readonly result: unknown;
}

/** Writes a part. */
export class PartWriter {
  readonly #to: Writable;
  readonly #hash = newHash();
  #text: string;
  #runs = 0;

  constructor(to: Writable, { command, shard, runs, options, traces, result }: PartOf) {
    this.#to = to;
    const header: PartHeader = {
      format: PART_FORMAT,
      version: PART_VERSION,
      program: version(),
      command,
      shard,
      runs,
      of: { options: sha256(JSON.stringify(options)), traces: sha256(JSON.stringify(traces)) },
      result,
    };
    this.#text = `${JSON.stringify(header)}\n`;
  }

  /** Adds a run without rows. @param record the command's data about the run */
  add(run: number, record: object): void {
    this.#text += `${JSON.stringify({ run, ...record })}\n`;
    this.#runs++;
  }

  /**
   * Adds a run whose rows are in a file.
   * @param offset number of bytes at the beginning of the file that are omitted
   */
  async addWithRows(run: number, record: object, path: string, offset: number): Promise<void> {
    this.add(run, { bytes: statSync(path).size - offset, ...record });
    await this.flush();
    for await (const piece of createReadStream(path, { start: offset, highWaterMark: CHUNK_BYTES })) {
      await this.#pass(piece as Buffer);
    }
    this.#text += "\n";
  }

  /** Whether the buffered text is long enough for `flush`. */
  get isFull(): boolean {
    return this.#text.length >= CHUNK_BYTES;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.#pass(Buffer.from(text));
  }

  /** Ends the part after its last run. */
  async end(): Promise<void> {
    await this.flush();
    const end: PartEnd = { end: this.#runs, sha256: this.#hash.digest("hex") };
    await writeAll(this.#to, Buffer.from(`${JSON.stringify(end)}\n`));
  }

  async #pass(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    await writeAll(this.#to, bytes);
  }
}

/**
 * Writes a part: to a file, which is created only if the part is complete, or to standard output if no path is given or the
 * path is `-`.
 * @param work adds the runs
 * @throws {InputError} if the file can't be written
 */
export async function withPart(
  path: string | undefined,
  of: PartOf,
  work: (part: PartWriter) => Promise<void>,
): Promise<void> {
  const file = path === undefined || path === "-" ? null : new OutputFile(path, "-o");
  const part = new PartWriter(file ?? STDOUT, of);
  try {
    await work(part);
    await part.end();
    file?.commit();
  } finally {
    file?.discard();
  }
}
