import { createReadStream, statSync } from "node:fs";
import { version } from "../../../common/cli/command-line.ts";
import { STDOUT } from "../../../common/cli/output.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import { newHash, sha256 } from "../../../common/files/hash.ts";
import { OutputFile, type Writable } from "../../../common/files/output-file.ts";
import { PART_FORMAT, PART_VERSION, type PartEnd, type PartHeader, type ShardedCommand } from "./part-format.ts";
import type { Shard } from "./shard.ts";

const CHUNK_BYTES = 1 << 18;

/** What a part is a part of. */
export interface PartOf {
  readonly command: ShardedCommand;
  readonly shard: Shard;
  /** Runs of all shards. */
  readonly runs: number;
  /** Everything that the result depends on but the traces' contents: data that JSON can hold. */
  readonly options: unknown;
  /** Contents of the traces, or their hashes. */
  readonly traces: unknown;
  /** What the command makes of the runs: data that JSON can hold. */
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

  /** Adds a run without rows. @param record what the command says of it */
  add(run: number, record: object): void {
    this.#text += `${JSON.stringify({ run, ...record })}\n`;
    this.#runs++;
  }

  /**
   * Adds a run whose rows are in a file.
   * @param offset number of bytes at the beginning of the file that are left out
   */
  async addWithRows(run: number, record: object, path: string, offset: number): Promise<void> {
    this.add(run, { bytes: statSync(path).size - offset, ...record });
    await this.flush();
    for await (const piece of createReadStream(path, { start: offset, highWaterMark: CHUNK_BYTES })) {
      await this.#pass(piece as Buffer);
    }
    this.#text += "\n";
  }

  /** Whether enough has gathered for `flush` to be worth it. */
  get isFull(): boolean {
    return this.#text.length >= CHUNK_BYTES;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.#pass(Buffer.from(text));
  }

  /** All runs have been added. */
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
 * Does work that writes a part: to a file, which appears when the part is whole, or not at all; or to standard output, where
 * no path is given or it is `-`.
 * @throws {InputError} if there is no writing there
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
