/**
 * Logs that consist of series, each with times of its own: answers of monitoring systems, which limit the size of an
 * answer. The series of a log are collected, and merged into samples machine by machine.
 */

import type { Us } from "../../common/units.ts";
import type { LogFile } from "./log-file.ts";
import type { Machine, Sample, SampleStream } from "./reader.ts";
import { MachineTable } from "./streams.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** Points of one column of a machine, from one part of a file. */
export interface Series {
  readonly column: number;
  /** In microseconds since 1970; in order, or nearly so. */
  readonly times: Float64Array;
  /** NaN if the source has no value. */
  readonly values: Float64Array;
  readonly file: LogFile;
  readonly line: number;
}

/** All series of a log, by machine. */
export class SeriesTable {
  readonly machines = new MachineTable();
  readonly #columns: readonly ColumnSpec[];
  readonly #byMachine: Series[][] = [];

  /** @param columns of every machine */
  constructor(columns: readonly ColumnSpec[]) {
    this.#columns = columns;
  }

  /**
   * The machine with that id; creates it if it is new.
   * @param columns its own columns, if they differ from the log's
   */
  machine(id: string, name: string | null = null, columns = this.#columns, isHost = false): Machine {
    const machine = this.machines.of(id, columns, { name, ...(isHost ? { isHost } : {}) });
    this.#byMachine[machine.index] ??= [];
    return machine;
  }

  add(machine: Machine, series: Series): void {
    if (series.times.length > 0) this.#byMachine[machine.index]?.push(series);
  }

  of(machine: Machine): readonly Series[] {
    return this.#byMachine[machine.index] ?? [];
  }
}

/**
 * Points of one counter whose machine is identified only by a name, or not at all: those of two machines contradict
 * each other.
 */
export class NamedPoints {
  readonly #known = new Map<number, number>();
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;

  /**
   * Adds points.
   * @returns whether one of them differs from a known point of the same time, or is between earlier points with other
   * times
   */
  contradicts(times: ArrayLike<Us>, values: ArrayLike<number>): boolean {
    const [firstUs, lastUs] = [this.#firstUs, this.#lastUs];
    for (let i = 0; i < times.length; i++) {
      const [atUs, value] = [times[i] as number, values[i] as number];
      const known = this.#known.get(atUs);
      if (known === undefined ? atUs > firstUs && atUs < lastUs : !Object.is(known, value)) return true;
      this.#known.set(atUs, value);
      this.#firstUs = Math.min(this.#firstUs, atUs);
      this.#lastUs = Math.max(this.#lastUs, atUs);
    }
    return false;
  }
}

/** Iterates over a column's points, of all its series, in order of time. */
class ColumnWalk {
  readonly column: number;
  readonly #points: readonly { readonly atUs: number; readonly value: number; readonly series: Series }[];
  #next = 0;

  constructor(column: number, list: readonly Series[]) {
    this.column = column;
    const points = list.flatMap((series) =>
      Array.from(series.times, (atUs, i) => ({ atUs, value: series.values[i] as number, series })),
    );
    // The end of one answer and the beginning of the next are often the same point. The sort keeps the order of the
    // files.
    this.#points = points
      .sort((a, b) => a.atUs - b.atUs)
      .filter(({ atUs, value }, i, all) => {
        const before = all[i - 1];
        return before === undefined || before.atUs !== atUs || !Object.is(before.value, value);
      });
  }

  /** Time of the next point; Infinity at the end. */
  get atUs(): number {
    return this.#points[this.#next]?.atUs ?? Number.POSITIVE_INFINITY;
  }

  /** The next point. */
  take(): { readonly value: number; readonly series: Series } {
    return this.#points[this.#next++] as { value: number; series: Series };
  }
}

/** The samples of a log of series: one for each time at which any series of a machine has a point. */
export class SeriesStream implements SampleStream {
  readonly #files: readonly LogFile[];
  readonly #complete: (sample: Sample) => void;
  readonly #gather: () => SeriesTable;
  #table: SeriesTable | null = null;
  #machineIndex = 0;
  #walks: ColumnWalk[] = [];
  #samples = 0;

  /**
   * @param gather reads all files
   * @param complete adds derived values to a sample
   */
  constructor(files: readonly LogFile[], gather: () => SeriesTable, complete: (sample: Sample) => void) {
    this.#files = files;
    this.#gather = gather;
    this.#complete = complete;
  }

  get machines(): readonly Machine[] {
    return this.#table?.machines.list ?? [];
  }

  get bytesRead(): number {
    return this.#table === null ? 0 : this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  next(sample: Sample): boolean {
    this.#table ??= this.#gather();
    for (;;) {
      const atUs = this.#walks.reduce((least, walk) => Math.min(least, walk.atUs), Number.POSITIVE_INFINITY);
      if (atUs < Number.POSITIVE_INFINITY) {
        this.#read(sample, atUs);
        return true;
      }
      const machine = this.machines[this.#machineIndex++];
      if (machine === undefined) return false;
      const series = this.#table.of(machine);
      const columns = [...new Set(series.map(({ column }) => column))];
      this.#walks = columns.map(
        (column) =>
          new ColumnWalk(
            column,
            series.filter((each) => each.column === column),
          ),
      );
    }
  }

  close(): void {
    this.#walks = [];
    this.#machineIndex = this.machines.length;
  }

  #read(sample: Sample, atUs: number): void {
    sample.begin(this.machines[this.#machineIndex - 1] as Machine, atUs);
    const from: Series[] = [];
    for (const walk of this.#walks) {
      if (walk.atUs !== atUs) continue;
      const { value, series } = walk.take();
      sample.values[walk.column] = value;
      from.push(series);
    }
    this.#complete(sample);
    // The places of the samples take turns, so that each file of a machine's series is named by some sample.
    const { file, line } = from[this.#samples++ % from.length] as Series;
    sample.place.file = file.name;
    sample.place.line = line;
  }
}
