import { closeSync, readSync, writeSync } from "node:fs";
import { InputError, RunError } from "../../common/errors.ts";
import { openOwnFile } from "../../common/files/own-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import type { CycleReport } from "./daemon.ts";

const HEAD = "cycle,time_s,duration_us,target,size,rate_alloc,rate_free,slow,allocated,freed,refused\n";

/**
 * A CSV file with a row for each cycle, whose columns are those of `balloon-sim run`. One that is there already goes on; cycles
 * that end while it is closed have no row.
 */
export class CycleFile {
  readonly #path: string;
  #fd: number | null = null;
  #size = 0;
  #free = 0;
  #refused = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {InputError} where it can't be written, or holds something else */
  open(): void {
    const shown = `--cycles ${escapeUnsafe(this.#path)}`;
    const { fd, stat } = openOwnFile(this.#path, shown);
    try {
      const size = stat.isFile() ? stat.size : 0;
      if (size > 0) continueRows(fd, size, shown);
      this.#fd = fd;
      if (size === 0) this.#append(HEAD);
    } catch (error) {
      closeSync(fd);
      this.#fd = null;
      if (!isSystemError(error)) throw error;
      throw new InputError(`${shown}: can't be written: ${systemErrorText(error)}`);
    }
  }

  /**
   * Adds the row of a cycle that has ended, where the file is open.
   * @throws {RunError} if that is impossible
   */
  write(report: CycleReport): void {
    const row = this.#row(report);
    try {
      this.#append(row);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`--cycles ${escapeUnsafe(this.#path)}: ${systemErrorText(error)}`);
    }
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

  #append(text: string): void {
    if (this.#fd === null) return;
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

/** Makes sure that rows of cycles are there, and ends a line that was cut short. */
function continueRows(fd: number, size: number, shown: string): void {
  const head = Buffer.alloc(HEAD.length);
  readSync(fd, head, 0, head.length, 0);
  if (head.toString("latin1") !== HEAD) {
    throw new InputError(`${shown}: is there already and holds no rows of cycles: name another file, or remove it`);
  }
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  if (last.toString() !== "\n") writeSync(fd, "\n");
}
