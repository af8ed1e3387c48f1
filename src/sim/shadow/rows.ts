import type { Pages, Us } from "../../common/units.ts";
import type { Sample } from "./sample.ts";
import type { ShadowWindow } from "./window.ts";

/** The curves of a driver in a window, measured or predicted, at the times of the window's samples. */
export interface Rows {
  /** Since the window began. */
  readonly timeUs: readonly Us[];
  /** As the real driver received it. */
  readonly target: readonly Pages[];
  readonly size: readonly Pages[];
  /** Sums since the window began; null: not measured. */
  readonly some: readonly Us[] | null;
  readonly full: readonly Us[] | null;
  readonly swapOut: readonly Pages[] | null;
  readonly swapIn: readonly Pages[] | null;
  /** Kills in the window; null: not measured. */
  readonly oomKills: number | null;
}

/** What was measured in a window. */
export function measuredRows({ samples }: ShadowWindow): Rows {
  const first = samples[0] as Sample;
  const last = samples.at(-1) as Sample;
  const since = (field: "someUs" | "fullUs" | "swapOut" | "swapIn"): number[] | null => {
    const begin = first[field];
    return begin === null ? null : samples.map((sample) => (sample[field] as number) - begin);
  };
  return {
    timeUs: samples.map(({ timeUs }) => timeUs - first.timeUs),
    target: samples.map(({ target }) => target),
    size: samples.map(({ size }) => size),
    some: since("someUs"),
    full: since("fullUs"),
    swapOut: since("swapOut"),
    swapIn: since("swapIn"),
    oomKills: first.oomKills === null ? null : (last.oomKills as number) - first.oomKills,
  };
}
