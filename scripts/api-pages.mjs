/**
 * Makes the pages of docs/api from the docstrings of the library's exports: `npm run api`; `node scripts/api-pages.mjs DIR` writes
 * them to another folder.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { withTrueAnchors } from "./site/anchors.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = process.argv[2] ?? join(root, "docs/api");
const temporary = mkdtempSync(join(tmpdir(), "balloon-api-"));
try {
  const app = await Application.bootstrapWithPlugins({ options: join(root, "typedoc.json"), logLevel: "Error" });
  const project = await app.convert();
  if (project === undefined) throw new Error("the docstrings could not be read");
  app.options.setValue("out", temporary);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error("the pages could not be made");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const pages = readdirSync(temporary, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".md") && basename(name) !== "README.md",
  );
  for (const name of pages) {
    const text = readFileSync(join(temporary, name), "utf8");
    // The pages lie in one folder.
    const inOneFolder = text.replaceAll(/\]\((?:\.\.\/)?balloon-sim\//g, "](").trimEnd();
    writeFileSync(join(out, basename(name)), `${withTrueAnchors(inOneFolder)}\n`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
