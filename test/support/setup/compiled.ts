import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SOURCES = join(ROOT, "src/");
const COMPILED = join(ROOT, "dist/");

/**
 * Gives tests that import a module of `src` the module that was compiled from it: global-setup.ts compiles before all tests.
 * Vitest would transform each source for each process, and turns every use of an imported name into a call of a getter, which
 * makes simulations take a quarter longer.
 *
 * Sources stay sources where Vitest watches, because nothing compiles after a change, and for files of tests that replace
 * modules with `vi.mock`, which only reaches modules that Vitest transforms.
 */
export default function compiled(): Plugin {
  let isWatching = false;
  const mocks = new Map<string, boolean>();
  const isMocking = (file: string): boolean => {
    const known = mocks.get(file) ?? /^vi\.mock\(/m.test(readFileSync(file, "utf8"));
    mocks.set(file, known);
    return known;
  };
  return {
    name: "compiled",
    enforce: "pre",
    configureVitest({ vitest }) {
      isWatching = vitest.config.watch;
    },
    resolveId(imported, importer) {
      if (isWatching || importer === undefined || !imported.startsWith(".") || !imported.endsWith(".ts")) return;
      const path = join(dirname(importer), imported);
      if (!path.startsWith(SOURCES) || importer.startsWith(SOURCES) || !existsSync(path) || isMocking(importer)) return;
      const module = join(COMPILED, path.slice(SOURCES.length).replace(/ts$/, "js"));
      return existsSync(module) ? module : undefined;
    },
  };
}
