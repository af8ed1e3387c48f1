import { closeSync, openSync, readSync, statSync } from "node:fs";
import { BufferedSink } from "../../../common/cli/text-sink.ts";
import { RunError } from "../../../common/errors.ts";
import { openBytes } from "../../../common/files/bytes.ts";
import { LineReader } from "../../../common/files/lines.ts";
import { quote } from "../../../common/quote.ts";
import { type Job, type JobResult, type Pace, runJob } from "./job.ts";

/** Maximum length of a row; a row of all columns is much shorter. */
const MAX_ROW_BYTES = 1 << 20;
const SHOWN = 160;

/** Compares the text that it receives with a file. */
export class ComparingSink extends BufferedSink {
  readonly #path: string;
  readonly #trace: string;
  #offset = 0;

  /** @param trace name of the run in messages */
  constructor(path: string, trace: string) {
    super();
    this.#path = path;
    this.#trace = trace;
  }

  /** Ends the comparison: the file must end here, too. */
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

  /** @param rest the text of the second run from `offset` on */
  #fail(offset: number, rest: Buffer): never {
    const { number, start, text: first } = lineAt(this.#path, offset);
    const same = first.slice(0, offset - start);
    const second = `${same}${rest.toString("utf8").split("\n", 1)[0]}`;
    throw new RunError(
      `${this.#trace}: the second run of the same trace has different rows; first difference in line ${number}: ` +
        `${quote(first, SHOWN)}, then ${quote(second, SHOWN)}`,
    );
  }
}

/**
 * Executes a run again and compares it with the first: its rows byte for byte, its summary, and its final draw.
 * @param path file with the rows of the first run
 * @throws {RunError} naming the first difference
 */
export async function verifyJob(job: Job, path: string, first: JobResult, pace: Pace): Promise<void> {
  const sink = new ComparingSink(path, job.trace);
  const second = await runJob(job, sink, pace);
  sink.end();
  if (second.finalDraw !== first.finalDraw) {
    throw new RunError(
      `${job.trace}: the second run of the same trace has the same rows, but drew different random numbers: ` +
        `final draw ${first.finalDraw}, then ${second.finalDraw}`,
    );
  }
  if (JSON.stringify(second.summary) !== JSON.stringify(first.summary)) {
    throw new RunError(`${job.trace}: the second run of the same trace has the same rows, but a different summary`);
  }
}

/** The line of a file that contains an offset: its number, from 1, its beginning, and its text. */
function lineAt(path: string, offset: number): { number: number; start: number; text: string } {
  const lines = new LineReader(openBytes(path, path), { name: path, maxBytes: MAX_ROW_BYTES, tooLong: "is too long" });
  try {
    let start = 0;
    while (lines.advance()) {
      const end = start + lines.lineBytes;
      if (offset < end || !lines.isTerminated) return { number: lines.lineNumber, start, text: lines.line };
      start = end;
    }
    return { number: lines.lineNumber + 1, start, text: "" };
  } finally {
    lines.close();
  }
}
