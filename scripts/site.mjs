/**
 * Builds the static site: the README as its first page, the documents, and the explorer with the bundled traces. `npm run site`
 * builds it in `dist/site`; an argument names another directory, which must not exist. Needs the compiled package.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { embeddable, pageScript } from "../dist/sim/report/assets.js";
import { documentOf } from "../dist/sim/report/html/document.js";
import { Html, html } from "../dist/sim/report/html/html.js";
import { PAGE_STYLE } from "../dist/sim/report/html/style.js";
import { render } from "./site/markdown.mjs";
import { addressOf, EXPLORER, groupsOf, HOME, isDocument, relativeTo } from "./site/navigation.mjs";
import { SITE_STYLE } from "./site/style.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DEFAULT = join(ROOT, "dist/site");

const [given] = process.argv.slice(2);
if (given !== undefined && existsSync(given)) {
  console.error(`site: ${given} exists: name a directory that does not`);
  process.exit(2);
}
const site = given ?? DEFAULT;
rmSync(DEFAULT === site ? site : join(site, "none"), { recursive: true, force: true });

const INVITATION = `<p><a class="try" href="${EXPLORER}">Try it here: move a policy's constants, and watch the guest</a></p>\n`;

const groups = groupsOf(ROOT);
const assets = {
  style: `\n${PAGE_STYLE}${SITE_STYLE}`,
  scripts: [embeddable(pageScript("site"))],
  licences: "No other software is in this page.",
};
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** Documents that are pages: those of the navigation, and all that these link to. */
const waiting = [HOME, ...groups.flatMap(({ pages }) => pages.map(({ file }) => file))];
const known = new Set(waiting);
const copied = new Set();

function pageOf(/** @type {string} */ file, /** @type {string} */ from) {
  // A file that is copied.
  if (file.startsWith("/")) return relativeTo(file.slice(1), addressOf(from));
  const document = isDocument(ROOT, file) ? file : isDocument(ROOT, join(file, HOME)) ? join(file, HOME) : null;
  if (document === null) return null;
  if (!known.has(document)) {
    known.add(document);
    waiting.push(document);
  }
  return relativeTo(addressOf(document), addressOf(from));
}

function write(/** @type {string} */ address, /** @type {string} */ text) {
  mkdirSync(dirname(join(site, address)), { recursive: true });
  writeFileSync(join(site, address), text);
}

for (const file of waiting) {
  const document = render(ROOT, file, pageOf);
  write(addressOf(file), pageText(document));
  for (const other of document.files) copied.add(other);
}
for (const file of copied) {
  mkdirSync(dirname(join(site, file)), { recursive: true });
  copyFileSync(join(ROOT, file), join(site, file));
}
const explorer = spawnSync(
  process.execPath,
  [join(ROOT, "bin/balloon-sim.js"), "explore", "-o", join(site, EXPLORER)],
  {
    stdio: ["ignore", "ignore", "inherit"],
  },
);
if (explorer.status !== 0) throw new Error("the explorer could not be made");
console.log(`${known.size} documents, ${copied.size} other files and the explorer in ${site}`);

/** The page of a document. */
function pageText(/** @type {import("./site/markdown.mjs").Document} */ { file, title, html: content }) {
  const from = addressOf(file);
  const link = (/** @type {string} */ address, /** @type {string} */ name) =>
    html`<a href="${relativeTo(address, from)}"${address === from ? new Html(' aria-current="page"') : null}>${name}</a>`;
  const body = html`<a class="skip" href="#main">To the content</a>
<div class="sheet site">
<header><div><a class="name" href="${relativeTo("index.html", from)}">balloon-sim</a>
<nav aria-label="Site">${link("index.html", "Overview")} ${link(EXPLORER, "Explorer")} ${link("docs/rate-control.html", "Results")} ${link("docs/cli.html", "Commands")}</nav></div>
<button type="button" id="theme" class="screen" hidden>Dark theme</button></header>
<div class="pages">
<div class="side"><details open><summary>All documents</summary>
<nav aria-label="Documents">${groups.map(
    ({ name, pages }) =>
      html`<h2>${name}</h2><ul>${pages.map((page) => html`<li>${link(addressOf(page.file), page.name)}</li>\n`)}</ul>\n`,
  )}</nav></details></div>
<main id="main"><article>
${new Html(file === HOME ? content.replace("</h1>\n", `</h1>\n${INVITATION}`) : content)}
</article></main>
</div>
<footer>balloon-sim ${version}, GPL-2.0</footer>
</div>
`;
  const name = title === "balloon-sim" ? title : `${title} – balloon-sim`;
  return documentOf({ title: name, body, data: null, hasPictures: true }, assets);
}
