/** The anchors of headings, as GitHub makes them. */

/** The text of a heading, without its markup. */
export const headingText = (/** @type {string} */ markdown) =>
  markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*\\]/g, "");

/** The anchors of a page's headings, in their order: each is unique. */
export class Anchors {
  /** @type {Map<string, number>} */
  #used = new Map();

  /** @param {string} heading its text, without markup */
  of(heading) {
    const base = heading
      .toLowerCase()
      .trim()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    const before = this.#used.get(base) ?? 0;
    this.#used.set(base, before + 1);
    return before === 0 ? base : `${base}-${before}`;
  }
}

/**
 * A document whose links to numbered headings lead to headings that exist: generators also count names that are no headings.
 * @param {string} markdown
 */
export function withTrueAnchors(markdown) {
  const anchors = new Anchors();
  const known = new Set(
    [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchors.of(headingText(heading))),
  );
  return markdown.replace(/\]\(#([\w-]+)-\d+\)/g, (link, base) =>
    known.has(link.slice(3, -1)) || !known.has(base) ? link : `](#${base})`,
  );
}
