/** Formats quantities, precisely enough for values of a chart. */
import { formatTime } from "../../../common/units.ts";
import type { Quantity } from "../model.ts";
import { formatNumber, formatPages } from "../numbers.ts";

const PAGES_PER_GIB = 2 ** 18;

/** Unit of an axis, and the number of the data's units in it. */
export interface AxisUnit {
  readonly text: string;
  readonly size: number;
}

const AXIS_UNITS: Readonly<Record<Quantity, AxisUnit>> = {
  size: { text: "GiB", size: PAGES_PER_GIB },
  pace: { text: "pages/s", size: 1 },
  limit: { text: "pages/cycle", size: 1 },
  share: { text: "% of the time", size: 0.01 },
  number: { text: "", size: 1 },
  us: { text: "s", size: 1e6 },
  s: { text: "s", size: 1 },
};

/** The unit of an axis. */
export const axisUnit = (quantity: Quantity): AxisUnit => AXIS_UNITS[quantity];

/** A value with its unit. */
export function formatQuantity(value: number | null | undefined, quantity: Quantity): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (quantity === "size") return formatPages(value);
  if (quantity === "share") return `${formatNumber(value * 100, 3)} %`;
  if (quantity === "us") return `${formatNumber(value / 1e6)} s`;
  if (quantity === "s") return `${formatNumber(value)} s`;
  const unit = axisUnit(quantity).text;
  return unit === "" ? formatNumber(value) : `${formatNumber(Math.round(value))} ${unit}`;
}

/** Formats a time in seconds, to the millisecond: `1m12.5s`. */
export const formatSeconds = (seconds: number): string => formatTime(Math.round(seconds * 1000) * 1000);
