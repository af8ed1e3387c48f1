import { wrapWords } from "../output/wrap-words.ts";

/** Column of the texts beside the labels, and their smallest width on a narrow terminal. */
const INDENT = 10;
const MIN_TEXT_WIDTH = 24;
/** Width of the texts without a terminal. */
const TEXT_WIDTH = 100;

/**
 * Texts beside labels, a line or more each; empty texts are left out.
 * @param width the terminal's; undefined without a terminal
 */
export const propertiesText = (
  properties: readonly (readonly [label: string, text: string])[],
  width: number | undefined,
): string =>
  properties
    .filter(([, text]) => text !== "")
    .map(([label, text]) => `${label.padEnd(INDENT)}${wrap(text, width)}\n`)
    .join("");

/** Breaks a text between words so that it fits beside its label; lines after the first are indented to the first one's column. */
function wrap(text: string, width = TEXT_WIDTH): string {
  const most = Math.max(MIN_TEXT_WIDTH, width - INDENT);
  return wrapWords(text, most, "keep").join(`\n${" ".repeat(INDENT)}`);
}
