import type { Stats } from "node:fs";
import { RunError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { type FilePort, MACHINE_FILES } from "./files/file-port.ts";
import type { FileWatch } from "./files/file-watch.ts";
import { replaceFile } from "./files/replace-file.ts";

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
 * and removed at the end: metrics of a daemon that has ended would look like those of one that runs. Nothing but a file is replaced or
 * removed. While its file system does not answer, it is left out.
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
    await this.#parts.watch.during(async () => {
      if ((await objection(this.#files, this.#parts.path)) === null) await this.#files.remove(this.#parts.path);
    });
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

// node_exporter reads *.prom, and not the temporary file.
function write({ path, text, watch, files = MACHINE_FILES }: MetricsFileParts): Promise<void> {
  return watch.during(async () => {
    const why = await objection(files, path);
    if (why !== null) throw new RunError(`--metrics-file ${escapeUnsafe(path)}: ${why}: name another file`);
    try {
      await replaceFile(files, path, text(), { mode: MODE, isSynced: false });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`--metrics-file ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
    }
  });
}

/** Why what has this name must not be replaced; null: it may, or there is nothing. A file in the place of /dev/null would harm the whole machine. */
async function objection(files: FilePort, path: string): Promise<string | null> {
  let stat: Stats | null;
  try {
    stat = await files.look(path);
  } catch (error) {
    // The call that needs the file tells why.
    if (isSystemError(error)) return null;
    throw error;
  }
  if (stat === null || stat.isFile()) return null;
  return stat.isSymbolicLink() ? "is a symbolic link, which the program does not follow" : "is no file";
}
