/**
 * Writes npm-shrinkwrap.json, the only lock that npm honours in a package, if that comes from a registry: package-lock.json
 * without what is for development.
 * Run by `npm pack`, which also removes the file again (--remove): in a clone, `npm ci` would take it for the lock.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const shrinkwrap = path("npm-shrinkwrap.json");

if (process.argv.includes("--remove")) rmSync(shrinkwrap, { force: true });
else {
  const { packages, ...lock } = JSON.parse(readFileSync(path("package-lock.json"), "utf8"));
  const { devDependencies: _, ...root } = packages[""];
  const kept = Object.entries(packages)
    // A link is to a folder of this repository, which is for development.
    .filter(([place, { dev, link }]) => place.startsWith("node_modules/") && dev !== true && link !== true)
    // Where a package comes from is the installing user's affair; what it contains is not.
    .map(([place, { resolved: _, ...one }]) => [place, one]);
  writeFileSync(
    shrinkwrap,
    `${JSON.stringify({ ...lock, packages: { "": root, ...Object.fromEntries(kept) } }, null, 2)}\n`,
  );
}
