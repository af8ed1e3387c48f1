import { InputError, RunError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import { type FilePort, MACHINE_FILES, type OpenHandle } from "./file-port.ts";
import type { FileWatch } from "./file-watch.ts";
import { openOwnFile } from "./own-file.ts";

/** Most bytes that wait for a file system which does not answer: hours of rows of cycles, most of an hour of samples. */
export const MAX_WAITING_BYTES = 1 << 20;

/** Kind and place of a file, and what its owner does when something happens to it. */
export interface LineFileParts {
  readonly path: string;
  /** The option that names it, such as `--cycles`, for messages. */
  readonly option: string;
  /** How each file of its kind begins, in ASCII: others are not continued. */
  readonly head: string;
  /** What files of other kinds lack, for the message: `is no recording that could be continued`. */
  readonly lack: string;
  /** The line with which it begins; null: its owner writes one. */
  readonly firstLine: string | null;
  /** Most bytes of the file and of the one before it, which has the suffix `.1`. */
  readonly limitBytes: number;
  readonly watch: FileWatch;
  readonly files?: FilePort;
  /** Another file begins with the next line. */
  begins?(): void;
  /** Lines were lost before the next one. */
  gap?(): void;
  /** A write has failed: the file takes no more lines. */
  failed(error: unknown): void;
}

/** Another file begins between the lines that wait. */
const ANEW = Symbol("anew");

/**
 * A file of this user that grows by whole lines. Lines wait, up to `MAX_WAITING_BYTES`, while an earlier write is in progress: a file
 * system that does not answer never holds the event loop up. Lines for which there is no room are lost and counted.
 * At half of its limit the file is renamed to its name with `.1`, replacing the one before, and another one begins.
 */
export class LineFile {
  readonly #parts: LineFileParts;
  readonly #files: FilePort;
  #handle: OpenHandle | null = null;
  /** Whether it is a regular file, not a device: only that can be read, truncated and renamed. */
  #isPlain = true;
  /** Size of the file. */
  #writtenBytes = 0;
  /** Size of the file once all that waits is written. */
  #bytes = 0;
  #waiting: (string | typeof ANEW)[] = [];
  #waitingBytes = 0;
  #hasGap = false;
  /** Lines that the last write has not written, if it has failed. */
  #cutLines = 0;
  #isOver = false;
  /** Why the last lines are not written, or the file is not closed; null: no reason. */
  #lastFailure: unknown = null;
  #work: Promise<void> | null = null;

  private constructor(parts: LineFileParts) {
    this.#parts = parts;
    this.#files = parts.files ?? MACHINE_FILES;
  }

  /**
   * Opens a file, and creates it if it is missing. A last line that was cut short is ended.
   * @throws {InputError} if it can't be written, or is of another kind
   */
  static open(parts: LineFileParts): Promise<LineFile> {
    const file = new LineFile(parts);
    return parts.watch.during(async () => {
      await file.#open();
      return file;
    });
  }

  /** Takes a line, which must end with a line break. It is written as soon as the lines before it are. */
  write(line: string): void {
    if (this.#isOver) return;
    const bytes = Buffer.byteLength(line);
    if (this.#hasGap || this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.#hasGap = true;
      this.#parts.watch.lose(1);
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    this.#bytes += bytes;
    const { limitBytes, firstLine } = this.#parts;
    if (this.#isPlain && this.#bytes >= limitBytes / 2) {
      this.#waiting.push(ANEW);
      this.#bytes = firstLine?.length ?? 0;
      this.#parts.begins?.();
    }
    this.#work ??= this.#writeAll();
  }

  /**
   * Writes what waits, and closes the file. Does not settle while the file system does not answer.
   * @throws {RunError} if the last lines can't be written, or the file can't be closed; it is closed all the same
   */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#work;
    const handle = this.#handle;
    this.#handle = null;
    try {
      if (handle !== null) await this.#parts.watch.during(() => handle.close());
    } catch (error) {
      this.#lastFailure ??= this.#named(error);
    }
    if (this.#lastFailure !== null) throw this.#lastFailure;
  }

  async #open(): Promise<void> {
    const { path, option, head, lack, firstLine } = this.#parts;
    const shown = `${option} ${escapeUnsafe(path)}`;
    const { handle, stat } = await openOwnFile(this.#files, path, shown);
    this.#handle = handle;
    this.#isPlain = stat.isFile();
    this.#writtenBytes = this.#isPlain ? stat.size : 0;
    try {
      if (this.#writtenBytes === 0) {
        if (firstLine !== null) await this.#append(firstLine);
      } else if (await this.#startsWith(head)) await this.#endCutLine();
      else throw new InputError(`${shown}: exists and ${lack}: name another file, or remove it`);
    } catch (error) {
      this.#handle = null;
      await handle.close().catch(() => {});
      if (!isSystemError(error)) throw error;
      throw new InputError(`${shown}: can't be written: ${systemErrorText(error)}`);
    }
    // Lines that wait for the end of a change of files are counted already.
    if (this.#waiting.length === 0) this.#bytes = this.#writtenBytes;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#parts.watch.during(() => this.#writeSome());
        if (!this.#hasGap) continue;
        this.#hasGap = false;
        this.#parts.gap?.();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#work = null;
    }
  }

  /** Writes the lines that wait, up to the beginning of another file, or begins that. */
  async #writeSome(): Promise<void> {
    if (this.#waiting[0] === ANEW) {
      this.#waiting.shift();
      await this.#beginAnew();
      return;
    }
    const end = this.#waiting.indexOf(ANEW);
    const lines = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end).join("");
    this.#waitingBytes -= Buffer.byteLength(lines);
    await this.#append(lines);
  }

  async #beginAnew(): Promise<void> {
    const { path } = this.#parts;
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
    await this.#files.rename(path, `${path}.1`);
    await this.#open();
  }

  /** Appends lines. If that fails, the file ends with the last whole line that was written. */
  async #append(lines: string): Promise<void> {
    const handle = this.#handle as OpenHandle;
    const bytes = Buffer.from(lines);
    let done = 0;
    try {
      while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
    } catch (error) {
      const whole = done === 0 ? 0 : bytes.lastIndexOf("\n", done - 1) + 1;
      this.#cutLines = bytes.toString("latin1", whole).split("\n").length - 1;
      // Readers of these files accept a truncated last line.
      if (this.#isPlain && done > whole) await handle.truncate(this.#writtenBytes + whole).catch(() => {});
      throw error;
    }
    this.#writtenBytes += bytes.length;
  }

  async #startsWith(text: string): Promise<boolean> {
    const head = Buffer.alloc(text.length);
    const { bytesRead } = await (this.#handle as OpenHandle).read(head, 0, head.length, 0);
    return this.#isPlain && bytesRead === head.length && head.equals(Buffer.from(text));
  }

  async #endCutLine(): Promise<void> {
    const last = Buffer.alloc(1);
    await (this.#handle as OpenHandle).read(last, 0, 1, this.#writtenBytes - 1);
    if (last.toString("latin1") !== "\n") await this.#append("\n");
  }

  #fail(error: unknown): void {
    const { watch, failed } = this.#parts;
    watch.loseByFailure(this.#cutLines + this.#waiting.filter((line) => line !== ANEW).length);
    this.#waiting = [];
    const isClosing = this.#isOver;
    this.#isOver = true;
    if (isClosing) this.#lastFailure = this.#named(error);
    else failed(this.#named(error));
  }

  /** A failure with the file's name. */
  #named(error: unknown): unknown {
    const { option, path } = this.#parts;
    return isSystemError(error) ? new RunError(`${option} ${escapeUnsafe(path)}: ${systemErrorText(error)}`) : error;
  }
}
