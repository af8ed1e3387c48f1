import { escapeUnsafe } from "../../common/quote.ts";
import { clip, wrapWords } from "./wrap-words.ts";

/** Non-characters, which XML forbids. */
const UNFIT = /[\u{fffe}\u{ffff}]/gu;

/**
 * Text for XML content and attributes. Characters that are unsafe in a terminal are written as by `escapeUnsafe`,
 * except white space.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r]+/g, escapeUnsafe)
    .replace(UNFIT, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** A text in at most `lines` lines of at most `columns` columns; a longer text is cut and ends with an ellipsis. */
export function wrapText(text: string, columns: number, lines: number): string[] {
  const result = wrapWords(text, columns, "break");
  if (result.length <= lines) return result;
  return [...result.slice(0, lines - 1), `${clip(result[lines - 1] as string, columns - 1)}…`];
}
