import Table from "cli-table3";
import stringWidth from "string-width";
import { escapeUnsafe } from "../../common/quote.ts";

export type Alignment = "left" | "right";

/** The layout of a table. */
export interface TableLayout {
  readonly head: readonly string[];
  readonly align: readonly Alignment[];
  /** Columns of the terminal; the last column is wrapped to fit. Undefined: no wrapping. */
  readonly width?: number | undefined;
}

const GAP = 2;
const MIN_LAST_WIDTH = 24;

/**
 * A table without borders: columns of text under a heading, without blanks after the last cell of a row. Cells may
 * contain texts of files: control characters are written as `\u{…}`.
 */
export function formatTable(layout: TableLayout, cells: readonly (readonly string[])[]): string {
  const { align, width } = layout;
  const head = layout.head.map(escapeUnsafe);
  const rows = cells.map((row) => row.map(escapeUnsafe));
  const widths = head.map((name, i) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(row[i] ?? "")), stringWidth(name)),
  );
  const last = head.length - 1;
  if (width !== undefined) {
    const before = widths.slice(0, last).reduce((sum, w) => sum + w + GAP, 0);
    widths[last] = Math.min(widths[last] as number, Math.max(MIN_LAST_WIDTH, width - before));
  }
  // cli-table3 compares each cell with all others: a small number of rows at a time keeps the time proportional.
  const pieces: string[] = [];
  for (let from = 0; from === 0 || from < rows.length; from += PIECE_ROWS) {
    pieces.push(layOut(from === 0 ? head : [], align, widths, rows.slice(from, from + PIECE_ROWS)));
  }
  return `${pieces.join("\n").replace(/ +$/gm, "")}\n`;
}

/** Number of rows that are laid out together. */
const PIECE_ROWS = 50;

function layOut(
  head: readonly string[],
  align: readonly Alignment[],
  widths: readonly number[],
  rows: readonly string[][],
): string {
  const none = "";
  const table = new Table({
    head: [...head],
    colAligns: [...align],
    // cli-table3 counts the padding as part of a column's width.
    colWidths: widths.map((w) => w + GAP),
    wordWrap: true,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
    chars: {
      top: none,
      "top-mid": none,
      "top-left": none,
      "top-right": none,
      bottom: none,
      "bottom-mid": none,
      "bottom-left": none,
      "bottom-right": none,
      left: none,
      "left-mid": none,
      mid: none,
      "mid-mid": none,
      right: none,
      "right-mid": none,
      middle: none,
    },
  });
  table.push(...rows);
  return table.toString();
}

/** Width of the terminal, for wrapping tables; undefined, for no wrapping, without a terminal. */
export const terminalWidth = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);
