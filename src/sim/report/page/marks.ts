/** Marked times of a chart: a strip at its upper edge, with a number, and a pale band below it. */
import type uPlot from "uplot";
import type { Seconds } from "../../../common/units.ts";
import { colour, translucent } from "./theme.ts";

/** A time with something to say about it. */
export interface Mark {
  readonly from: Seconds;
  readonly to: Seconds;
  readonly label: string;
}

/** Height of a strip, and the least width, in CSS pixels. */
const STRIP = 3;
const OPACITY = 0.08;

/** Draws the marks in the visible part of the time. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  for (const { from, to, label } of marks) {
    const left = plot.valToPos(from, "x", true);
    const width = Math.max(STRIP * ratio, plot.valToPos(to, "x", true) - left);
    ctx.fillStyle = translucent("vermilion", OPACITY);
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = colour("vermilion");
    ctx.fillRect(left, bbox.top, width, STRIP * ratio);
    ctx.fillText(label, left + 2 * ratio, bbox.top + (STRIP + 2) * ratio);
  }
  ctx.restore();
}
