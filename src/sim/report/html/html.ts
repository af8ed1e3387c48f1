import { escapeUnsafe } from "../../../common/quote.ts";
import { escapeXml } from "../../output/svg-text.ts";

/** A piece of a page: markup in which all data is escaped. */
export class Html {
  readonly text: string;

  /** @param text markup, not content */
  constructor(text: string) {
    this.text = text;
  }
}

/** Valid values in a template. Texts and numbers are content of one line, never markup. */
export type Part = Html | string | number | null | readonly Part[];

/** A piece of a page from a template. Escapes every value that is not a piece itself; null is omitted. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(markup.map((text, i) => text + (i < parts.length ? render(parts[i] as Part) : "")).join(""));
}

function render(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escapeXml(escapeUnsafe(String(part)));
}
