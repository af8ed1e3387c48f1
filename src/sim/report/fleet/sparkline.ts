/** Small curves in the rows of a table: for the page and its code. */

/** Width and height of a curve in a table, in CSS pixels. */
export const SPARK_WIDTH = 128;
export const SPARK_HEIGHT = 18;

/** Height of the thinnest visible column: a value that is not 0 is seen. */
const LEAST = 1;

/**
 * The area under values as a path: a column each, from the bottom.
 * @param values from 0 to `most`
 * @param width of a picture with `count` columns; later columns, which the run does not have, stay empty
 */
export function sparkPath(
  values: ArrayLike<number>,
  most: number,
  count: number,
  width = SPARK_WIDTH,
  height = SPARK_HEIGHT,
): string {
  const step = width / count;
  let path = "";
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value <= 0) continue;
    // A run of equal columns is one rectangle.
    let end = i + 1;
    while (end < values.length && values[end] === value) end++;
    const tall = Math.max(LEAST, (value / most) * height);
    path += `M${round(i * step)},${height}v${round(-tall)}H${round(end * step)}V${height}z`;
    i = end - 1;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** What a curve shows, for readers that can't see it: `most 12 % at 3h20m`. */
export function sparkLabel(values: ArrayLike<number>, timeOf: (interval: number) => string, most: string): string {
  let highest = -1;
  for (let i = 0; i < values.length; i++) {
    if ((values[i] as number) > 0 && (highest === -1 || (values[i] as number) > (values[highest] as number)))
      highest = i;
  }
  return highest === -1 ? "always 0" : `most ${most} at ${timeOf(highest)}`;
}
