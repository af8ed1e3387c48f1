/** Stepped curves of many rows, drawn with few lines. */
import uPlot from "uplot";

/** The part of the fill that uPlot clips; its constant is not exported. */
const CLIPS_FILL = 1;

/**
 * A builder of stepped curves. Of the rows that are in one column of pixels it draws the first, the lowest, the highest and the
 * last: the picture is the same, and its lines are bounded by the width of the chart.
 * @param isAfter whether a value holds until the next row; else since the row before
 */
export const stepped =
  (isAfter: boolean): uPlot.Series.PathBuilder =>
  (plot, seriesIndex, first, last) =>
    uPlot.orient(plot, seriesIndex, (series, times, values, scaleX, scaleY, posX, posY, left, top, width, height) => {
      const stroke = new Path2D();
      const xOf = (row: number) => Math.round(posX(times[row] as number, scaleX, width, left));
      const yOf = (value: number) => Math.round(posY(value, scaleY, height, top));
      let begin: number | null = null;
      let [x, low, high, y] = [0, 0, 0, 0];
      /** Ends a column of pixels. */
      const flush = (): void => {
        if (low === high) return;
        stroke.lineTo(x, low);
        stroke.lineTo(x, high);
        stroke.lineTo(x, y);
      };
      for (let row = first; row <= last; row++) {
        const value = values[row];
        if (value == null) continue;
        const [toX, toY] = [xOf(row), yOf(value)];
        if (begin !== null && toX === x) {
          [low, high, y] = [Math.min(low, toY), Math.max(high, toY), toY];
          continue;
        }
        flush();
        if (begin === null) begin = toX;
        else if (isAfter) stroke.lineTo(toX, y);
        else stroke.lineTo(x, toY);
        stroke.lineTo(toX, toY);
        [x, low, high, y] = [toX, toY, toY, toY];
      }
      flush();
      return { stroke, fill: series.fill == null ? null : filled(stroke, x, begin ?? x, yOf(0)), flags: CLIPS_FILL };
    });

function filled(stroke: Path2D, x: number, begin: number, base: number): Path2D {
  const fill = new Path2D(stroke);
  fill.lineTo(x, base);
  fill.lineTo(begin, base);
  return fill;
}
