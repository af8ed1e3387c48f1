import stringWidth from "string-width";
import { escapeUnsafe } from "../../common/quote.ts";

/**
 * A text in lines of at most `columns` columns of a terminal; wide characters take two. Lines are broken between words,
 * and white space becomes one blank. Control characters are written as `\u{…}`.
 * @param longWord treatment of a longer word: `keep` gives it its own line, `break` splits it
 */
export function wrapWords(text: string, columns: number, longWord: "keep" | "break"): string[] {
  const lines: string[] = [];
  for (const word of escapeUnsafe(text.trim().replace(/\s+/g, " ")).split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && stringWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else if (word !== "") lines.push(...(longWord === "break" ? pieces(word, columns) : [word]));
  }
  return lines;
}

/** The beginning of a line of text that fits into a number of columns, at least one character. */
export function clip(line: string, columns: number): string {
  let width = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(line)) {
    width += stringWidth(segment);
    if (width > columns && index > 0) return line.slice(0, index);
  }
  return line;
}

function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  for (let rest = word; rest !== ""; rest = rest.slice((found.at(-1) as string).length))
    found.push(clip(rest, columns));
  return found;
}
