import { escapeXml } from "../../output/svg-text.ts";

/** A piece of a page: text in which everything that came from outside is escaped already. */
export class Html {
  readonly text: string;

  /** @param text markup, not content */
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a piece of a page. Texts and numbers are content, never markup. */
export type Part = Html | string | number | null | readonly Part[];

/** A piece of a page from a template. Every value in it is escaped, unless it is a piece itself; null is nothing. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(markup.map((text, i) => text + (i < parts.length ? render(parts[i] as Part) : "")).join(""));
}

function render(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escapeXml(String(part));
}
