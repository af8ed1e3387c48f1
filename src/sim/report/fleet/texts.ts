/** Numbers of a fleet in words: for the page and its code. */
import { formatTime } from "../../../common/units.ts";
import type { FleetColumn, FleetStrip } from "../model.ts";
import { formatNumber, formatPages } from "../numbers.ts";

const seconds = (s: number): string => formatTime(Math.round(s * 1000) * 1000);

/** A number of a run; a dash without one. */
export function columnText(kind: FleetColumn["kind"], value: number): string {
  if (Number.isNaN(value)) return "–";
  switch (kind) {
    case "s":
      return value > 0 && value < 0.001 ? "<1ms" : seconds(value);
    case "pages":
      return formatPages(Math.round(value));
    case "pages/s":
      return `${formatPages(Math.round(value))}/s`;
    case "pages·s":
      return `${formatPages(Math.round(value))}·s`;
    case "share":
      return `${formatNumber(value * 100, 3)} %`;
    case "yes/no":
      return value === 0 ? "no" : "yes";
    case "times":
      return formatNumber(value);
  }
}

/** A value of a strip. */
export function stripText(kind: FleetStrip["kind"], value: number): string {
  switch (kind) {
    case "share":
      return value > 0 && value < 0.0005 ? "<0.1 %" : `${formatNumber(value * 100, 2)} %`;
    case "size":
      return formatPages(Math.round(value));
    case "pace":
      return `${formatPages(Math.round(value))}/s`;
    case "kills":
      return formatNumber(Math.round(value));
  }
}

/** The beginning of an interval: `3h20m`. */
export const intervalText = (interval: number, widthSeconds: number): string =>
  formatTime(interval * widthSeconds * 1e6);
