/** Marked times of a chart. */
import type uPlot from "uplot";
import type { EpisodeModel } from "../model.ts";
import { colour, translucent } from "./theme.ts";

/** A time that is marked, in seconds, with the number of its text. */
export type Mark = Pick<EpisodeModel, "number" | "since" | "until">;

/** Height of a mark's number at the lower edge, in CSS pixels, and least width of a mark. */
const LABEL = 16;
const LEAST_WIDTH = 3;
/** Opacity of a mark. */
const SHADE = 0.16;

/** Draws the marks in the visible part of the time: a shade, and its number at the lower edge. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  if (marks.length === 0) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  // The worst last: it is drawn over the others.
  for (const { number, since, until } of [...marks].reverse()) {
    const from = plot.valToPos(since, "x", true);
    const width = Math.max(LEAST_WIDTH * ratio, plot.valToPos(until, "x", true) - from);
    if (from > bbox.left + bbox.width || from + width < bbox.left) continue;
    ctx.fillStyle = translucent("vermilion", SHADE);
    ctx.fillRect(from, bbox.top, width, bbox.height);
    const size = LABEL * ratio;
    const middle = from + width / 2;
    const bottom = bbox.top + bbox.height - size / 2 - ratio;
    ctx.fillStyle = colour("vermilion");
    ctx.fillRect(middle - size / 2, bottom - size / 2, size, size);
    ctx.fillStyle = "#000";
    ctx.fillText(String(number), middle, bottom);
  }
  ctx.restore();
}
