import { medianOf } from "../../../src/common/statistics.ts";

/** What stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page, written anew. */
export function withParts(page: string, parts: Readonly<Record<string, () => string>>): string {
  return page.replace(/<!-- generated: ([\w-]+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`nothing is generated that is called ${name}`);
    return `<!-- generated: ${name} -->\n${part().trimEnd()}\n<!-- end -->`;
  });
}

/** A row of a table. */
export const tableRow = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** The lowest, the median and the highest of several values of a figure. Never: infinity. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  low: Math.min(...values),
  median: medianOf(values),
  high: Math.max(...values),
});

const number = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : "never");

/** A cell of a table: `MEDIAN [LOWEST .. HIGHEST]`, or one number if they are the same; a dash if there is none. */
export function spreadCell(values: readonly number[], digits: number): string {
  if (values.length === 0) return "–";
  const { low, median, high } = spreadOf(values);
  const [from, middle, to] = [low, median, high].map((value) => number(value, digits)) as [string, string, string];
  return from === to ? middle : `${middle} [${from} .. ${to}]`;
}
