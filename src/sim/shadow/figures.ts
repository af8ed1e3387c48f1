import { PAGE_BYTES, type Seconds } from "../../common/units.ts";
import type { Rows } from "./rows.ts";
import { AT_REST } from "./window.ts";

/** Names of the figures, in the order in which they are shown. */
export const FIGURE_IDS = ["size", "away", "missing", "some", "full", "swapOut", "swapIn", "oomKills"] as const;
export type FigureId = (typeof FIGURE_IDS)[number];

/** What the amounts of several windows are divided by when they are shown: time, changes of the target, or nothing. */
export type FigureWeight = "seconds" | "changes" | "total";

/** A figure of a driver. Its value in a window is an amount, so that the amounts of windows can be added up. */
export interface FigureKind {
  readonly id: FigureId;
  readonly title: string;
  readonly unit: "MiB" | "s" | "";
  readonly weight: FigureWeight;
  /**
   * Whether it is an effect on the guest, and not what the balloon itself does. A driver that has none of it says nothing about
   * how well it is predicted.
   */
  readonly isEffect: boolean;
  readonly decimals: number;
  /** The amount in a window; null: not measured. */
  read(rows: Rows): number | null;
  /** The least error of an amount: what samples and the model can't resolve. */
  resolution(window: WindowWeights): number;
}

/** The length of a window, and how often the target changes in it. */
export interface WindowWeights {
  readonly seconds: Seconds;
  readonly changes: number;
}

const MIB_PER_PAGE = PAGE_BYTES / 2 ** 20;
const lastOf = (values: readonly number[] | null, unit: number): number | null =>
  values === null ? null : (values.at(-1) as number) * unit;

/** The sum over the samples of a value and the time since the sample before. */
function integral({ timeUs }: Rows, value: (row: number) => number): number {
  let sum = 0;
  for (let i = 1; i < timeUs.length; i++) sum += value(i) * (((timeUs[i] as number) - (timeUs[i - 1] as number)) / 1e6);
  return sum;
}

const off = ({ size, target }: Rows, i: number): number => Math.abs((size[i] as number) - (target[i] as number));

export const FIGURES: readonly FigureKind[] = [
  {
    id: "size",
    title: "balloon size",
    unit: "MiB",
    weight: "seconds",
    isEffect: false,
    decimals: 1,
    read: (rows) => integral(rows, (i) => (rows.size[i] as number) * MIB_PER_PAGE),
    resolution: ({ seconds }) => seconds / 10,
  },
  {
    id: "away",
    title: "time to target",
    unit: "s",
    weight: "changes",
    isEffect: false,
    decimals: 1,
    read: (rows) => integral(rows, (i) => (off(rows, i) > AT_REST ? 1 : 0)),
    resolution: ({ changes }) => changes,
  },
  {
    id: "missing",
    title: "distance from target",
    unit: "MiB",
    weight: "seconds",
    isEffect: false,
    decimals: 1,
    read: (rows) => integral(rows, (i) => off(rows, i) * MIB_PER_PAGE),
    resolution: ({ seconds }) => seconds / 10,
  },
  {
    id: "some",
    title: "PSI some",
    unit: "s",
    weight: "total",
    isEffect: true,
    decimals: 2,
    read: ({ some }) => lastOf(some, 1e-6),
    resolution: () => 0.01,
  },
  {
    id: "full",
    title: "PSI full",
    unit: "s",
    weight: "total",
    isEffect: true,
    decimals: 2,
    read: ({ full }) => lastOf(full, 1e-6),
    resolution: () => 0.01,
  },
  {
    id: "swapOut",
    title: "swapped out",
    unit: "MiB",
    weight: "total",
    isEffect: true,
    decimals: 0,
    read: ({ swapOut }) => lastOf(swapOut, MIB_PER_PAGE),
    resolution: () => 1,
  },
  {
    id: "swapIn",
    title: "swapped in",
    unit: "MiB",
    weight: "total",
    isEffect: true,
    decimals: 0,
    read: ({ swapIn }) => lastOf(swapIn, MIB_PER_PAGE),
    resolution: () => 1,
  },
  {
    id: "oomKills",
    title: "OOM kills",
    unit: "",
    weight: "total",
    isEffect: true,
    decimals: 0,
    read: ({ oomKills }) => oomKills,
    resolution: () => 0,
  },
];

/** The weights of a window with these rows. At least one change: the balloon is not at its target, or the target changes. */
export function weightsOf({ timeUs, target }: Rows): WindowWeights {
  const changes = target.filter((pages, i) => i > 0 && pages !== target[i - 1]).length;
  return { seconds: (timeUs.at(-1) as number) / 1e6, changes: Math.max(1, changes) };
}
