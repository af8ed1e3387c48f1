import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * The compiled modules that some modules load, at once, later or in a thread, including themselves, and the packages that they name.
 * @param {string} root directory of this project
 * @param {readonly string[]} entries paths in it
 * @returns {{ modules: string[], packages: string[] }} paths in it, in order
 */
export function modulesOf(root, entries) {
  const modules = new Set(entries);
  const packages = new Set();
  // The loop also visits elements that are added during the loop.
  for (const module of modules) {
    const text = readFileSync(join(root, module), "utf8");
    for (const [, id] of text.matchAll(/(?:\bfrom\s+|\bimport\(\s*|\bimport\s+|\bnew URL\(\s*(?="\.\/))"([^"]+)"/g)) {
      if (id.startsWith(".")) modules.add(relative(root, join(root, dirname(module), id)));
      else if (!id.startsWith("node:"))
        packages.add(
          id
            .split("/")
            .slice(0, id.startsWith("@") ? 2 : 1)
            .join("/"),
        );
    }
  }
  return { modules: [...modules].sort(), packages: [...packages].sort() };
}

/**
 * A package of node_modules with what its package.json and the lock file say of it.
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {string} license
 * @property {string} path in the project
 * @property {string} integrity of its file in the registry
 * @property {string[]} dependencies
 */

/**
 * Packages and all that they depend on. A package in two versions is refused: the copy has one flat folder.
 * @param {string} root directory of this project
 * @param {readonly string[]} names
 * @returns {Package[]} in the order of their names
 */
export function packagesWith(root, names) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const found = new Map();
  const wanted = new Set(names);
  for (const name of wanted) {
    const path = `node_modules/${name}`;
    const { version, license, dependencies = {} } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
    if (existsSync(join(root, path, "node_modules"))) throw new Error(`${path} has packages of its own`);
    const { integrity } = lock.packages[path];
    found.set(name, { name, version, license, path, integrity, dependencies: Object.keys(dependencies).sort() });
    for (const needed of Object.keys(dependencies)) wanted.add(needed);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Folders of packages that no program loads. */
const UNUSED = /^(tests?|coverage|fixtures|docs?|examples?|bench(marks?)?|typings|scripts|build|bin)$/;

/** Files of packages that no program loads: tests, measurements, settings of tools, and commands. */
const UNUSED_FILE = /^(test|bench|benchmark|example|tsconfig|eslint\.config|bin|browser|package-support)\.|\.test\./;

/**
 * The files of a package that a program may load, and its licence.
 * @param {string} directory
 * @returns {string[]} paths in it
 */
export function filesToLoad(directory) {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const { name } = entry;
    if (name.startsWith(".")) return [];
    if (entry.isDirectory()) {
      return UNUSED.test(name) ? [] : filesToLoad(join(directory, name)).map((file) => join(name, file));
    }
    const isCode = /\.([cm]?js|json)$/.test(name) && !UNUSED_FILE.test(name);
    return isCode || isLicence(name) ? [name] : [];
  });
}

/** Whether a file has a licence. */
export const isLicence = (/** @type {string} */ name) => /^(licen[cs]e|copying)([-.]|$)/i.test(name);
