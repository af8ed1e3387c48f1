import { renameSync } from "node:fs";
import { InputError, RunError } from "../../common/errors.ts";
import { AppendFile } from "../../common/files/append.ts";
import { openOwnFile } from "../../common/files/own-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import type { CycleReport } from "../view/types.ts";

const HEAD = "cycle,time_s,duration_us,target,size,rate_alloc,rate_free,slow,allocated,freed,refused\n";

/**
 * A CSV file with a row for each cycle, with columns of `balloon-sim run`. Rows are appended to an existing file;
 * cycles that end while the file is closed have no row.
 */
export class CycleFile {
  readonly #path: string;
  readonly #limitBytes: number;
  #file: AppendFile | null = null;
  #size = 0;
  #free = 0;
  #refused = 0;

  /** @param limitBytes most bytes of the file and of the one before it, which has the suffix `.1` */
  constructor(path: string, limitBytes: number) {
    this.#path = path;
    this.#limitBytes = limitBytes;
  }

  /** @throws {InputError} if it can't be written, or has another content */
  open(): void {
    const shown = `--cycles ${escapeUnsafe(this.#path)}`;
    const file = new AppendFile(openOwnFile(this.#path, shown));
    try {
      if (file.bytes === 0) file.append(HEAD);
      else if (file.startsWith(HEAD)) file.endCutLine();
      else {
        throw new InputError(`${shown}: exists and holds no rows of cycles: name another file, or remove it`);
      }
    } catch (error) {
      file.close();
      if (!isSystemError(error)) throw error;
      throw new InputError(`${shown}: can't be written: ${systemErrorText(error)}`);
    }
    this.#file = file;
  }

  /**
   * Writes the row of a cycle that has ended, if the file is open.
   * @throws {RunError} if that fails
   */
  write(report: CycleReport): void {
    const row = this.#row(report);
    try {
      this.#file?.append(row);
      if (this.#file?.isPlain && this.#file.bytes >= this.#limitBytes / 2) this.#beginAnew();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`--cycles ${escapeUnsafe(this.#path)}: ${systemErrorText(error)}`);
    }
  }

  /** Renames the file to its name with `.1`, replacing the one before. */
  #beginAnew(): void {
    this.close();
    renameSync(this.#path, `${this.#path}.1`);
    this.open();
  }

  #row({ state, endUs, durationUs }: CycleReport): string {
    // The driver's counters have 32 bits.
    const freed = (state.free - this.#free) >>> 0;
    const refused = (state.refusedAlloc - this.#refused) >>> 0;
    const allocated = state.size - this.#size + freed + refused;
    this.#size = state.size;
    this.#free = state.free;
    this.#refused = state.refusedAlloc;
    const { timer, target, size, rateAlloc, rateFree, slow } = state;
    const time = (endUs / 1e6).toFixed(6);
    const row = [timer, time, durationUs, target, size, rateAlloc, rateFree, slow, allocated, freed, refused];
    return `${row.join(",")}\n`;
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }
}
