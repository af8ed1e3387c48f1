/**
 * Which model this is: a hash over the modules that decide the results of runs. Machines that share a study must have the same
 * one. Run by `bundle.js`, after the sources are compiled; the result does not depend on where the package lies.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The modules that execute the runs of studies, and the runs of `balloon-sim run`; their imports belong to the model. */
const ENTRIES = ["dist/sim/tune/study/runner.js", "dist/sim/tune/study/messages.js", "dist/sim/cli/jobs/job.js"];

const DYNAMIC_IMPORT = /\bimport\("(\.[^"]+)"\)/g;
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom "([^"]+)"/gm;
const REQUIRE = /\brequire\("([^"]+)"\)/g;

/**
 * Hashes the compiled modules that are reached from the entries by imports, and the versions of the packages that they import.
 * @param {string} root directory of the package
 * @param {readonly string[]} entries paths in it
 * @returns 16 hexadecimal digits; the modules, as paths in the package; the packages
 */
export async function modelId(root, entries = ENTRIES) {
  const modules = new Set(entries.map((entry) => join(root, entry)));
  const packages = new Set();
  /** @type {[string, string][]} */
  const texts = [];
  // The set grows in the loop, which goes over what is added as well.
  for (const module of modules) {
    const text = await readFile(module, "utf8");
    // Where the source map lies says nothing about the model.
    texts.push([relative(root, module), text.replace(/^\/\/# sourceMappingURL=.*$/m, "")]);
    if (!module.endsWith(".js")) continue;
    for (const [, imported] of [IMPORT, DYNAMIC_IMPORT, REQUIRE].flatMap((pattern) => [...text.matchAll(pattern)])) {
      if (imported.startsWith(".")) modules.add(join(dirname(module), imported));
      else if (!imported.startsWith("node:")) packages.add(packageOf(imported));
    }
  }
  for (const name of packages) {
    const { version } = JSON.parse(await readFile(join(root, "node_modules", name, "package.json"), "utf8"));
    texts.push([`package ${name}`, version]);
  }
  const hash = createHash("sha256");
  for (const [name, text] of texts.sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${createHash("sha256").update(text).digest("hex")}\n`);
  }
  return {
    id: hash.digest("hex").slice(0, 16),
    modules: [...modules].map((module) => relative(root, module)).sort(),
    packages: [...packages].sort(),
  };
}

/** The package of an imported name: the scope, if it has one, and the name behind it. */
const packageOf = (/** @type {string} */ imported) =>
  imported
    .split("/")
    .slice(0, imported.startsWith("@") ? 2 : 1)
    .join("/");

/** Writes the model's id where the package looks for it. */
export async function writeModelId() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { id } = await modelId(root);
  await writeFile(join(root, "dist/model-id.json"), `${JSON.stringify({ id })}\n`);
}
