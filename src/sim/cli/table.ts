import stringWidth from "string-width";
import { escapeUnsafe } from "../../common/quote.ts";
import { wrapWords } from "../output/wrap-words.ts";

export type Alignment = "left" | "right";

/** How a table is laid out. */
export interface TableLayout {
  readonly head: readonly string[];
  readonly align: readonly Alignment[];
  /** Columns of the terminal; the last column is wrapped to fit. Where nothing is said, nothing is wrapped. */
  readonly width?: number | undefined;
}

const GAP = 2;
const MIN_LAST_WIDTH = 24;

/**
 * A table without borders: columns of text under a heading, nothing behind the last one of a row. Cells may be texts out of
 * files: characters that would do something to a terminal are written as `\u{…}`.
 */
export function formatTable({ head, align, width }: TableLayout, cells: readonly (readonly string[])[]): string {
  const rows = [head, ...cells].map((row) => row.map(escapeUnsafe));
  const last = head.length - 1;
  const widths = head.map((_, i) => rows.reduce((most, row) => Math.max(most, stringWidth(row[i] ?? "")), 0));
  if (width !== undefined) {
    const before = widths.slice(0, last).reduce((sum, w) => sum + w + GAP, 0);
    widths[last] = Math.min(widths[last] as number, Math.max(MIN_LAST_WIDTH, width - before));
  }
  const pad = (text: string, i: number): string => {
    const blanks = " ".repeat((widths[i] as number) - stringWidth(text));
    return align[i] === "right" ? `${blanks}${text}` : `${text}${blanks}`;
  };
  const lineOf = (row: readonly string[]): string => `${row.map(pad).join(" ".repeat(GAP)).trimEnd()}\n`;
  return rows
    .flatMap((row) => {
      const text = row[last] ?? "";
      if (stringWidth(text) <= (widths[last] as number)) return [lineOf(row)];
      return wrapWords(text, widths[last] as number, "break").map((part, i) =>
        lineOf([...row.slice(0, last).map((cell) => (i === 0 ? cell : "")), part]),
      );
    })
    .join("");
}

/** Width to wrap tables to: the terminal's; undefined, so no wrapping, where no terminal is. */
export const terminalWidth = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);
