/** Documents as HTML: headings with the anchors of GitHub, links between the pages of the site, pictures inside the page. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Marked } from "marked";
import { Anchors, headingText } from "./anchors.mjs";

/** @param {string} text */
export const escapeHtml = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * @typedef {object} Document
 * @property {string} file path in the repository
 * @property {string} title its first heading
 * @property {string} html
 * @property {{ level: number, text: string, id: string }[]} headings
 * @property {string[]} files other files of the repository that it links to
 */

/**
 * Renders a document.
 * @param {string} root of the repository
 * @param {string} file path of the document in it
 * @param {(file: string, from: string) => string | null} pageOf the address of a document's page, relative to that of another one;
 * null: it has none
 * @returns {Document}
 */
export function render(root, file, pageOf) {
  const anchors = new Anchors();
  /** @type {Document["headings"]} */
  const headings = [];
  /** @type {Set<string>} */
  const files = new Set();
  let tables = 0;
  const plain = (/** @type {string} */ html) => html.replace(/<[^>]*>/g, "");
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      heading({ tokens, depth, text }) {
        const content = this.parser.parseInline(tokens);
        const id = anchors.of(headingText(text));
        headings.push({ level: depth, text: plain(content), id });
        return `<h${depth} id="${id}">${content}${depth === 1 ? "" : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`}</h${depth}>\n`;
      },
      code({ text, lang }) {
        const lines = escapeHtml(text);
        const shown = lang === "console" ? lines.replace(/^\$ .*$/gm, (line) => `<b>${line}</b>`) : lines;
        return `<pre tabindex="0"><code>${shown}</code></pre>\n`;
      },
      table(token) {
        const isHeadless = token.header.every(({ text }) => text.trim() === "");
        const cell = (
          /** @type {{ tokens: any[], align: string | null }} */ { tokens, align },
          /** @type {string} */ tag,
        ) =>
          `<${tag}${align === "right" ? ' class="n"' : ""}>${this.parser.parseInline(tokens)}</${tag.split(" ")[0]}>`;
        const head = token.header.map((one) => (one.text.trim() === "" ? "<td></td>" : cell(one, 'th scope="col"')));
        const rows = token.rows.map((row) => `<tr>${row.map((one) => cell(one, "td")).join("")}</tr>`);
        return `<div class="scroll" tabindex="0" role="region" aria-label="Table ${++tables}"><table>${isHeadless ? "" : `<thead><tr>${head.join("")}</tr></thead>`}<tbody>
${rows.join("\n")}
</tbody></table></div>\n`;
      },
      link({ href, tokens }) {
        const content = this.parser.parseInline(tokens);
        const target = addressOf(href);
        return target === null ? content : `<a href="${escapeHtml(target)}">${content}</a>`;
      },
      image({ href, text }) {
        const svg = readFileSync(join(root, inRepository(href)));
        return `<img alt="${escapeHtml(text)}" src="data:image/svg+xml;base64,${svg.toString("base64")}">`;
      },
      html({ text }) {
        if (/^\s*<!--[\s\S]*-->\s*$/.test(text)) return "";
        // Anchors of the pages that are made of docstrings.
        const anchor = /^<a id="([\w-]+)">$/.exec(text.trim());
        if (anchor !== null) return `<span id="${anchor[1]}">`;
        if (text.trim() === "</a>") return "</span>";
        throw new Error(`${file}: markup in a document: ${text.slice(0, 60)}`);
      },
    },
  });

  const inRepository = (/** @type {string} */ href) => normalize(join(dirname(file), href));

  /** @returns {string | null} */
  function addressOf(/** @type {string} */ href) {
    if (/^[a-z]+:/.test(href)) return href;
    const [path = "", anchor] = href.split("#");
    const hash = anchor === undefined ? "" : `#${anchor}`;
    if (path === "") return hash;
    const linked = inRepository(path);
    const page = pageOf(linked, file);
    if (page !== null) return page + hash;
    if (linked.endsWith("/") || !/\.\w+$|LICENSE$/.test(linked)) return null;
    files.add(linked);
    return pageOf(`/${linked}`, file);
  }

  const html = /** @type {string} */ (marked.parse(readFileSync(join(root, file), "utf8")));
  const title = headings.find(({ level }) => level === 1)?.text ?? file;
  return { file, title, html, headings, files: [...files] };
}
