/** The pages of the site and their order: that of the table of documents in the README. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, normalize, posix } from "node:path";

/** The page of the README. */
export const HOME = "README.md";
/** The explorer, which is made by the program. */
export const EXPLORER = "explore.html";

/**
 * @typedef {object} Group
 * @property {string} name
 * @property {{ file: string, name: string }[]} pages
 */

/** What was measured, which readers look for first. */
const RESULTS = [
  { file: "docs/rate-control.md", name: "Are rates worth having?" },
  { file: "docs/overcommit.md", name: "How far to overcommit" },
  { file: "docs/fidelity.md", name: "Accuracy" },
  { file: "docs/evidence.md", name: "Evidence" },
  { file: "docs/tuning.md", name: "Better constants" },
];

/**
 * The groups of pages: results, then those of the README, and documents that it does not name.
 * @param {string} root of the repository
 * @returns {Group[]}
 */
export function groupsOf(root) {
  const readme = readFileSync(join(root, HOME), "utf8");
  const [, table = ""] = /^## Documents\n([\s\S]*?)(?=^## )/m.exec(readme) ?? [];
  const groups = [...table.matchAll(/^\| ([^|]+) \| (.*) \|$/gm)].map(([, name = "", links = ""]) => ({
    name: name.trim(),
    pages: [...links.matchAll(/\[([^\]]*)\]\(([^)#]+)\)/g)].map(([, text = "", file = ""]) => ({
      name: text,
      file: normalize(file),
    })),
  }));
  if (groups.length === 0) throw new Error("README.md has no table of documents");
  const named = new Set([...RESULTS, ...groups.flatMap(({ pages }) => pages)].map(({ file }) => file));
  const others = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md") && !named.has(`docs/${name}`))
    .map((name) => ({ file: `docs/${name}`, name: name.replace(/\.md$/, "") }));
  return [
    { name: "results", pages: RESULTS },
    ...groups.filter(({ pages }) => pages.length > 0),
    ...(others.length === 0 ? [] : [{ name: "more", pages: others }]),
  ];
}

/** The address of a file of the repository in the site: a page for a document, else a copy. */
export const addressOf = (/** @type {string} */ file) =>
  file === HOME ? "index.html" : file.endsWith(".md") ? file.replace(/\.md$/, ".html") : file;

/** An address relative to that of another page. */
export const relativeTo = (/** @type {string} */ address, /** @type {string} */ from) =>
  posix.relative(posix.dirname(from), address);

/** Whether a file is a document of the repository. */
export const isDocument = (/** @type {string} */ root, /** @type {string} */ file) =>
  file.endsWith(".md") && !file.startsWith("..") && existsSync(join(root, file));
