import type { Pages, Us } from "../../common/units.ts";
import type { RunView } from "../view/types.ts";

/** The guest's memory at one instant, in pages. */
export interface Figures {
  readonly atUs: Us;
  readonly free: Pages;
  /** The watermarks, boost included. */
  readonly min: Pages;
  readonly low: Pages;
  readonly high: Pages;
  readonly kernel: Pages;
  /** Anonymous memory that is not in swap, and page cache. */
  readonly anon: Pages;
  readonly cache: Pages;
  /** The dirty part of the page cache. */
  readonly dirty: Pages;
  /** Pages in swap, those of the swap cache included. */
  readonly swap: Pages;
  readonly balloon: Pages;
  /** The host's target. */
  readonly target: Pages;
}

/** Names of the figures but for their time, in the order of files. */
export const FIGURE_NAMES = [
  "free",
  "min",
  "low",
  "high",
  "kernel",
  "anon",
  "cache",
  "dirty",
  "swap",
  "balloon",
  "target",
] as const satisfies readonly (keyof Figures)[];

/** The figures now. */
export function figuresOf({ timeUs, guest, host }: RunView, target: Pages = host.target): Figures {
  return {
    atUs: timeUs,
    free: guest.free,
    min: guest.watermarkMin,
    low: guest.watermarkLow,
    high: guest.watermarkHigh,
    kernel: guest.kernel,
    anon: guest.anon,
    cache: guest.cache,
    dirty: guest.dirty,
    swap: guest.swap,
    balloon: guest.balloon,
    target,
  };
}
