import { closeSync, openSync, readSync, statSync } from "node:fs";
import { BufferedSink } from "../../../common/cli/text-sink.ts";
import { RunError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { type Job, type JobResult, type Pace, runJob } from "./job.ts";

const CHUNK_BYTES = 1 << 16;
const SHOWN = 160;

/** Compares what is written to it with a file, and forgets it. */
export class ComparingSink extends BufferedSink {
  readonly #path: string;
  readonly #trace: string;
  #offset = 0;

  /** @param trace what to call the run in messages */
  constructor(path: string, trace: string) {
    super();
    this.#path = path;
    this.#trace = trace;
  }

  /** Nothing more comes: the file must end here too. */
  end(): void {
    if (statSync(this.#path).size > this.#offset) this.#fail(this.#offset, Buffer.alloc(0));
  }

  protected override async pass(bytes: Buffer): Promise<void> {
    const fd = openSync(this.#path, "r");
    try {
      const expected = Buffer.alloc(bytes.length);
      const length = readSync(fd, expected, 0, expected.length, this.#offset);
      let same = 0;
      if (length === bytes.length && expected.equals(bytes)) same = length;
      else while (same < length && bytes[same] === expected[same]) same++;
      this.#offset += same;
      if (same < bytes.length) this.#fail(this.#offset, bytes.subarray(same));
    } finally {
      closeSync(fd);
    }
  }

  /** @param rest what the second run wrote from `offset` on */
  #fail(offset: number, rest: Buffer): never {
    const { number, start } = lineAt(this.#path, offset);
    const first = readLine(this.#path, start);
    const same = first.slice(0, offset - start);
    const second = `${same}${rest.toString("utf8").split("\n", 1)[0]}`;
    throw new RunError(
      `${this.#trace}: the same run gave other rows the second time; first difference in line ${number}: ` +
        `${quote(first, SHOWN)}, then ${quote(second, SHOWN)}`,
    );
  }
}

/**
 * Makes the run again and compares it with the first: its rows byte for byte, its summary, and its final draw.
 * @param path file that holds the rows of the first run
 * @throws {RunError} naming the first difference
 */
export async function verifyJob(job: Job, path: string, first: JobResult, pace: Pace): Promise<void> {
  const sink = new ComparingSink(path, job.trace);
  const second = await runJob(job, sink, pace);
  sink.end();
  if (second.finalDraw !== first.finalDraw) {
    throw new RunError(
      `${job.trace}: the same run gave the same rows, but drew other random numbers the second time: ` +
        `final draw ${first.finalDraw}, then ${second.finalDraw}`,
    );
  }
  if (JSON.stringify(second.summary) !== JSON.stringify(first.summary)) {
    throw new RunError(`${job.trace}: the same run gave the same rows, but another summary the second time`);
  }
}

/** Number, from 1, and beginning of the line that an offset lies in. */
function lineAt(path: string, offset: number): { number: number; start: number } {
  const fd = openSync(path, "r");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let number = 1;
  let start = 0;
  try {
    for (let at = 0; at < offset; ) {
      const length = readSync(fd, chunk, 0, Math.min(chunk.length, offset - at), at);
      if (length === 0) break;
      for (let i = 0; i < length; i++) {
        if (chunk[i] !== 0x0a) continue;
        number++;
        start = at + i + 1;
      }
      at += length;
    }
  } finally {
    closeSync(fd);
  }
  return { number, start };
}

/** The line that begins at an offset, as far as a message needs it. */
function readLine(path: string, start: number): string {
  const fd = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    return chunk.toString("utf8", 0, readSync(fd, chunk, 0, chunk.length, start)).split("\n", 1)[0] as string;
  } finally {
    closeSync(fd);
  }
}
