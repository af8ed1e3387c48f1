import { closeSync, openSync, writeSync } from "node:fs";
import { InputError, RunError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import type { CycleReport } from "./daemon.ts";

const HEAD = "cycle,time_s,duration_us,target,size,rate_alloc,rate_free,slow,allocated,freed,refused\n";

/** A CSV file with a row for each cycle, whose columns are those of `balloon-sim run`. */
export class CycleFile {
  readonly #path: string;
  readonly #fd: number;
  #size = 0;
  #free = 0;
  #refused = 0;

  /** @throws {InputError} where it can't be written */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, "w");
      this.#append(HEAD);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new InputError(`--cycles ${escapeUnsafe(path)}: can't be written: ${systemErrorText(error)}`);
    }
  }

  /**
   * Adds the row of a cycle that has ended.
   * @throws {RunError} if that is impossible; nothing more can be written then
   */
  write(report: CycleReport): void {
    try {
      this.#write(report);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`--cycles ${escapeUnsafe(this.#path)}: ${systemErrorText(error)}: the rows end here`);
    }
  }

  #write({ state, endUs, durationUs }: CycleReport): void {
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
    this.#append(`${row.join(",")}\n`);
  }

  #append(text: string): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
