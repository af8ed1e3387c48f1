import { basename, dirname, join } from "node:path";
import { RunError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { type FilePort, MACHINE_FILES } from "./files/file-port.ts";
import type { FileWatch } from "./files/file-watch.ts";

/** Interval of writing, in milliseconds: as often as Prometheus scrapes by most configurations. */
const EVERY_MS = 15_000;
const MODE = 0o644;

/** What a metrics file needs. */
export interface MetricsFileParts {
  readonly path: string;
  readonly text: () => string;
  readonly watch: FileWatch;
  readonly files?: FilePort;
  /** Receives the reason when it can't be written later. */
  readonly failed: (error: unknown) => void;
}

/**
 * A file with the daemon's metrics for the textfile collector of node_exporter. It is replaced as a whole, readable for all users,
 * and removed at the end: metrics of a daemon that has ended would look like those of one that runs. While its file system does not
 * answer, it is left out.
 */
export class MetricsFile {
  readonly #parts: MetricsFileParts;
  readonly #files: FilePort;
  readonly #timer: ReturnType<typeof setInterval>;
  #writing: Promise<void> | null = null;

  /** @throws {RunError} if it can't be written */
  static async open(parts: MetricsFileParts): Promise<MetricsFile> {
    await write(parts);
    return new MetricsFile(parts);
  }

  private constructor(parts: MetricsFileParts) {
    this.#parts = parts;
    this.#files = parts.files ?? MACHINE_FILES;
    this.#timer = setInterval(() => this.#replace(), EVERY_MS);
    this.#timer.unref();
  }

  /** Removes the file. Does not settle while the file system does not answer. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#parts.watch.during(() => this.#files.remove(this.#parts.path));
  }

  #replace(): void {
    if (this.#writing !== null) {
      this.#parts.watch.lose(1);
      return;
    }
    this.#writing = write(this.#parts)
      .catch((error) => this.#parts.failed(error))
      .finally(() => {
        this.#writing = null;
      });
  }
}

function write({ path, text, watch, files = MACHINE_FILES }: MetricsFileParts): Promise<void> {
  // node_exporter reads *.prom. No other process uses this name, so a killed daemon leaves one file behind at most.
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  return watch.during(async () => {
    try {
      await files.remove(temporary);
      // Never a file that another user has put there.
      const handle = await files.open(temporary, "wx", MODE);
      try {
        // Whatever the umask is.
        await handle.chmod(MODE);
        const bytes = Buffer.from(text());
        for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
      } finally {
        await handle.close();
      }
      await files.rename(temporary, path);
    } catch (error) {
      await files.remove(temporary).catch(() => {});
      if (!isSystemError(error)) throw error;
      throw new RunError(`--metrics-file ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
    }
  });
}
