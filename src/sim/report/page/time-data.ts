/** The curves of several runs over one time axis. */
import type { PanelLine, RunModel } from "../model.ts";
import { type Numbers, unpack } from "./unpack.ts";

/** Values of a curve at the times of the axis; undefined if its run has no row there. */
export type Values = Numbers | (number | undefined)[];

/** The runs of a report, unpacked, with the union of the times of their rows. */
export class TimeData {
  readonly times: Numbers;
  /** For each run the index into `times` of each of its rows; null if all times are its own. */
  readonly #places: readonly (Uint32Array | null)[];
  readonly #runs: readonly RunModel[];
  readonly #columns = new Map<string, Values>();

  constructor(runs: readonly RunModel[]) {
    this.#runs = runs;
    const times = runs.map((run) => unpack(run.time));
    this.times = times.length === 1 ? (times[0] as Numbers) : merge(times);
    this.#places = times.map((own) => (own.length === this.times.length ? null : placesIn(own, this.times)));
  }

  /** The values of a curve. */
  values({ run, column }: Pick<PanelLine, "run" | "column">): Values {
    const key = `${run} ${column}`;
    let values = this.#columns.get(key);
    if (values === undefined) {
      values = this.#spread(run, column);
      this.#columns.set(key, values);
    }
    return values;
  }

  #spread(run: number, column: string): Values {
    const packed = this.#runs[run]?.columns[column];
    if (packed === undefined) throw new Error(`run ${run} has no column ${column}`);
    const own = unpack(packed);
    const places = this.#places[run];
    if (places === null || places === undefined) return own;
    const spread = new Array<number | undefined>(this.times.length).fill(undefined);
    own.forEach((value: number, i: number) => {
      spread[places[i] as number] = value;
    });
    return spread;
  }
}

/** All times, ascending; a time that a run has several times occurs as often. */
function merge(all: readonly Numbers[]): Float64Array {
  const next = all.map(() => 0);
  const merged: number[] = [];
  for (;;) {
    let earliest = Number.POSITIVE_INFINITY;
    all.forEach((times, r) => {
      earliest = Math.min(earliest, times[next[r] as number] ?? Number.POSITIVE_INFINITY);
    });
    if (earliest === Number.POSITIVE_INFINITY) return Float64Array.from(merged);
    merged.push(earliest);
    all.forEach((times, r) => {
      if (times[next[r] as number] === earliest) (next[r] as number)++;
    });
  }
}

function placesIn(own: Numbers, merged: Numbers): Uint32Array {
  const places = new Uint32Array(own.length);
  for (let i = 0, at = 0; i < own.length; i++, at++) {
    while (merged[at] !== own[i]) at++;
    places[i] = at;
  }
  return places;
}
