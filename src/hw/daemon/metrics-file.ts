import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { RunError } from "../../common/errors.ts";
import { temporaryBeside } from "../../common/files/temporary.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";

/** Interval of writing, in milliseconds: as often as Prometheus scrapes by most configurations. */
const EVERY_MS = 15_000;

/** What a metrics file needs. */
export interface MetricsFileParts {
  readonly path: string;
  readonly text: () => string;
  /** Receives the reason when it can't be written later. */
  readonly failed: (error: unknown) => void;
}

/**
 * A file with the daemon's metrics for the textfile collector of node_exporter. It is replaced as a whole, readable for all users,
 * and removed at the end: metrics of a daemon that has ended would look like those of one that runs.
 */
export class MetricsFile {
  readonly #parts: MetricsFileParts;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @throws {RunError} if it can't be written */
  constructor(parts: MetricsFileParts) {
    this.#parts = parts;
    this.#write();
    this.#timer = setInterval(() => {
      try {
        this.#write();
      } catch (error) {
        parts.failed(error);
      }
    }, EVERY_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    rmSync(this.#parts.path, { force: true });
  }

  #write(): void {
    const { path, text } = this.#parts;
    // Its name begins with a dot and ends with .tmp: node_exporter reads *.prom.
    const temporary = temporaryBeside(path);
    try {
      const fd = openSync(temporary, "wx", 0o644);
      try {
        fchmodSync(fd, 0o644);
        writeFileSync(fd, text());
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      if (!isSystemError(error)) throw error;
      throw new RunError(`--metrics-file ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
    }
  }
}
