/** OOM kills in a chart: a cross at its upper edge, with a dotted line down from it. */
import type uPlot from "uplot";
import type { KillsModel } from "../model.ts";
import { colour } from "./theme.ts";

/** Half the width of a cross, in CSS pixels; crosses that would touch are drawn as one. */
const CROSS = 4;
/** Maximum number of rows of crosses, one row per run with kills. */
const MAX_ROWS = 4;

/** Draws the kills in the visible part of the time. */
export function drawKills(plot: uPlot, kills: readonly KillsModel[]): void {
  if (kills.length === 0) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const half = CROSS * ratio;
  ctx.save();
  ctx.strokeStyle = colour("vermilion");
  kills.forEach(({ time }, row) => {
    const y = bbox.top + half + 2 * ratio + (row % MAX_ROWS) * 3 * half;
    let lastX = Number.NEGATIVE_INFINITY;
    for (const seconds of time) {
      const x = plot.valToPos(seconds, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width || x - lastX < 2 * half + ratio) continue;
      lastX = x;
      ctx.lineWidth = ratio;
      ctx.setLineDash([2 * ratio, 3 * ratio]);
      line(ctx, x, bbox.top, x, bbox.top + bbox.height);
      ctx.lineWidth = 2 * ratio;
      ctx.setLineDash([]);
      line(ctx, x - half, y - half, x + half, y + half);
      line(ctx, x - half, y + half, x + half, y - half);
    }
  });
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
