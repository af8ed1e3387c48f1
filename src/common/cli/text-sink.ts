import { write } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { OutputError } from "../errors.ts";
import type { Writable } from "../files/output-file.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { OutputClosed, RETRY_MS } from "./output.ts";

const writeAsync = promisify(write);

/** Collects text; `flush` passes it on. */
export interface TextSink {
  write(text: string): void;
  /** Whether the collected text is large enough that the caller should await `flush`. */
  readonly isFull: boolean;
  flush(): Promise<void>;
}

/** UTF-16 units of text that are passed on at once, about. */
const FULL = 1 << 18;

/** Collects text and passes it on in pieces. */
export abstract class BufferedSink implements TextSink {
  #text = "";

  write(text: string): void {
    this.#text += text;
  }

  get isFull(): boolean {
    return this.#text.length >= FULL;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.pass(Buffer.from(text));
  }

  protected abstract pass(bytes: Buffer): Promise<void>;
}

/**
 * Writes to a file, a pipe or a terminal, off the main thread, so that the process handles signals while a reader is
 * slow.
 */
export class FileSink extends BufferedSink {
  readonly #to: Writable;

  constructor(to: Writable) {
    super();
    this.#to = to;
  }

  protected override async pass(bytes: Buffer): Promise<void> {
    await writeAll(this.#to, bytes);
  }
}

/**
 * Writes all bytes.
 * @throws {OutputClosed} if the reader has closed its end
 * @throws {OutputError} if they can't be written, because the disk is full or for another reason
 */
export async function writeAll({ fd, name }: Writable, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += (await writeAsync(fd, bytes, done, bytes.length - done, null)).bytesWritten;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new OutputClosed("the reader of the output is gone");
      if (code !== "EAGAIN") throw isSystemError(error) ? new OutputError(`${name}: ${systemErrorText(error)}`) : error;
      await sleep(RETRY_MS);
    }
  }
}

/** Discards text: for runs without rows. */
export const NO_SINK: TextSink = { write: () => {}, isFull: false, flush: async () => {} };
