/** The curves of several runs over one time axis. */
import type { PanelLine, RunModel } from "../model.ts";
import { type Numbers, unpack } from "../unpack.ts";

/** Values of a curve at the times of the axis; undefined if its run has no row there. */
export type Values = Numbers | (number | undefined)[];

/** The rows of a run. */
export interface RunRows {
  /** In seconds, ascending. */
  readonly times: Numbers;
  /** The values of a column; undefined if the run has no such column. */
  column(name: string): Numbers | undefined;
}

/** The rows of a report's run. */
export const unpacked = (run: RunModel): RunRows => ({
  times: unpack(run.time),
  column: (name) => {
    const packed = run.columns[name];
    return packed === undefined ? undefined : unpack(packed);
  },
});

/** Several runs with the union of the times of their rows. */
export class TimeData {
  readonly times: Numbers;
  /** For each run the index into `times` of each of its rows; null if all times are its own. */
  readonly #places: readonly (Uint32Array | null)[];
  readonly #runs: readonly RunRows[];
  readonly #columns = new Map<string, Values>();

  constructor(runs: readonly RunRows[]) {
    this.#runs = runs;
    const times = runs.map((run) => run.times);
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
    const own = this.#runs[run]?.column(column);
    if (own === undefined) throw new Error(`run ${run} has no column ${column}`);
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
  const next = new Uint32Array(all.length);
  const merged = new Float64Array(all.reduce((sum, { length }) => sum + length, 0));
  let count = 0;
  for (;;) {
    let earliest = Number.POSITIVE_INFINITY;
    for (let r = 0; r < all.length; r++) {
      const time = (all[r] as Numbers)[next[r] as number];
      if (time !== undefined && time < earliest) earliest = time;
    }
    if (earliest === Number.POSITIVE_INFINITY) return merged.slice(0, count);
    merged[count++] = earliest;
    for (let r = 0; r < all.length; r++) {
      if ((all[r] as Numbers)[next[r] as number] === earliest) (next[r] as number)++;
    }
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
