import type { CycleReport } from "../view/types.ts";
import type { FilePort } from "./files/file-port.ts";
import type { FileWatch } from "./files/file-watch.ts";
import { LineFile } from "./files/line-file.ts";

const HEAD = "cycle,time_s,duration_us,target,size,rate_alloc,rate_free,slow,allocated,freed,refused\n";

/** Place and limit of a file of cycles. */
export interface CycleFileParts {
  readonly path: string;
  /** Most bytes of the file and of the one before it, which has the suffix `.1`. */
  readonly limitBytes: number;
  readonly watch: FileWatch;
  readonly files?: FilePort;
  /** Receives the reason when it can no longer be written. */
  failed(error: unknown): void;
}

/**
 * A CSV file with a row for each cycle, with columns of `balloon-sim run`. Rows are appended to an existing file;
 * cycles that end while the file is closed have no row, nor have those for which there is no room while its file system does not
 * answer: the cycles' numbers show the gap.
 */
export class CycleFile {
  readonly #parts: CycleFileParts;
  #file: LineFile | null = null;
  #size = 0;
  #free = 0;
  #refused = 0;

  constructor(parts: CycleFileParts) {
    this.#parts = parts;
  }

  /** @throws {InputError} if it can't be written, or has another content */
  async open(): Promise<void> {
    this.#file = await LineFile.open({
      ...this.#parts,
      ...{ option: "--cycles", head: HEAD, firstLine: HEAD, lack: "holds no rows of cycles" },
    });
  }

  /** Writes the row of a cycle that has ended, if the file is open. */
  write(report: CycleReport): void {
    const row = this.#row(report);
    this.#file?.write(row);
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

  /** @throws {RunError} if the last rows can't be written */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}
