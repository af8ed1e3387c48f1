import wrapAnsi from "wrap-ansi";
import { escapeUnsafe } from "../../common/quote.ts";

/**
 * A text in lines of at most `columns` columns of a terminal, of which wide characters take two. Lines are broken between
 * words, and white space is one blank. Control characters are written as `\u{…}`.
 * @param longWord what becomes of a word that is longer: `keep` gives it a line of its own, `break` several
 */
export function wrapWords(text: string, columns: number, longWord: "keep" | "break"): string[] {
  const words = escapeUnsafe(text.trim().replace(/\s+/g, " "));
  return words === "" ? [] : wrapAnsi(words, columns, { hard: longWord === "break" }).split("\n");
}

/** The beginning of a line of text, as much as fits into a number of columns. */
export const clip = (line: string, columns: number): string =>
  wrapAnsi(line, columns, { hard: true, wordWrap: false }).split("\n", 1)[0] as string;
