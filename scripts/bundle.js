/**
 * Bundles the compiled modules of `balloon-sim` into few files, because opening fifty files takes longer than a short
 * run, and caches V8's compiled code of the part that every run needs. Run by `npm run build`; `bin/start.js` uses the
 * result as long as no module is compiled after it. The packages that every run needs are bundled too, with their
 * licences beside them; other packages stay outside. The bundle is at the same depth as the modules, so that paths
 * relative to a module stay valid.
 */
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { writeModelId } from "./model-id.js";

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const directory = path("../dist/bundle/sim");

const BUNDLED = ["commander", "fastest-levenshtein", "jsonc-parser", "seedrandom"];

/** Modules that a plain run loads; their static imports are included. */
const RUN = ["main", "commands/run", "run-traces"];

/** All modules that compiled modules import statically, including themselves. */
async function closure(/** @type {string[]} */ modules) {
  const found = new Set(modules);
  for (const module of found) {
    const text = await readFile(module, "utf8");
    for (const [, imported] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gm)) {
      found.add(fileURLToPath(new URL(imported, pathToFileURL(module))));
    }
  }
  return found;
}

/** Code that every run needs goes into one file; other code is loaded on demand. */
const early = await closure(RUN.map((name) => path(`../dist/sim/cli/${name}.js`)));
const isEarly = (/** @type {string} */ id) =>
  early.has(id) || BUNDLED.some((name) => id.includes(`/node_modules/${name}/`));

/**
 * commander starts processes for external subcommands, which this program does not have; loading this module takes 13
 * ms.
 */
const isUnused = (/** @type {string} */ id, /** @type {string | undefined} */ importer) =>
  id === "node:child_process" && importer?.includes("/node_modules/commander/");
const withoutUnused = {
  name: "without-unused",
  resolveId: (/** @type {string} */ id, /** @type {string | undefined} */ importer) =>
    isUnused(id, importer) ? "\0unused" : undefined,
  load: (/** @type {string} */ id) => (id === "\0unused" ? "export {};" : undefined),
};

await writeModelId();

await rm(directory, { recursive: true, force: true });
const bundle = await rolldown({
  input: {
    main: path("../dist/sim/cli/main.js"),
    worker: path("../dist/sim/cli/jobs/worker.js"),
    "run-worker": path("../dist/sim/tune/study/run-worker.js"),
    "replay-worker": path("../dist/sim/calibrate/replay-worker.js"),
    "hosts-worker": path("../dist/sim/cli/host/several/hosts-worker.js"),
    "window-worker": path("../dist/sim/shadow/window-worker.js"),
    "vm-rows": path("../dist/sim/cli/host/vm-rows.js"),
    "vm-worker": path("../dist/sim/hosts/machine/threads/vm-worker.js"),
    "capacity-worker": path("../dist/sim/hosts/capacity/capacity-worker.js"),
    "why-worker": path("../dist/sim/why/why-worker.js"),
    "own-policy-worker": path("../dist/sim/hosts/own-policy/own-policy-worker.js"),
  },
  platform: "node",
  // If a package has both kinds, its ES modules: their unused parts are omitted.
  resolve: { mainFields: ["module", "main"] },
  plugins: [withoutUnused],
  // The modules of this package do nothing but define; it does not say so. Of them all, we use the scanner.
  treeshake: { moduleSideEffects: [{ test: /\/node_modules\/jsonc-parser\//, sideEffects: false }] },
  external: (id, importer) =>
    /^[^./\0]/.test(id) && !isUnused(id, importer) && !BUNDLED.some((name) => id === name || id.startsWith(`${name}/`)),
});
const { output } = await bundle.write({
  dir: directory,
  format: "esm",
  chunkFileNames: "[name].js",
  codeSplitting: { groups: [{ name: "run", test: isEarly }] },
});
await bundle.close();

// Code that every run needs is bundled as CommonJS into `run.cjs`, because V8 can cache compiled code of scripts, not
// of modules; `run.js` re-exports its exports for the modules that are loaded later.
const run = output.find((file) => file.type === "chunk" && file.fileName === "run.js");
if (run?.type !== "chunk") throw new Error("the bundle has no run.js");
const entry = `${directory}/run.entry.js`;
await writeFile(entry, 'export * from "./run.js";\nexport { main } from "./main.js";\n');
/** A script has `require` already. Node's module that makes one for modules would bring the loader of ES modules with it. */
const withRequire = {
  name: "with-require",
  transform: (/** @type {string} */ code) => code.replaceAll("createRequire(import.meta.url)", "require"),
};
const script = await rolldown({
  input: entry,
  platform: "node",
  plugins: [withRequire],
  treeshake: { moduleSideEffects: "no-external" },
  external: (id) => !/\/(main|run|run\.entry|rolldown-runtime)\.js$/.test(id),
});
const { output: scripts } = await script.generate({ dir: directory, format: "cjs", comments: false });
await script.close();
await rm(entry);
// A script has no import() of its own: its loader passes one. As a module, in worker threads, it has one.
const importing = 'const importModule = typeof importFor === "function" ? importFor : (id) => import(id);\n';
// V8 holds a text in one byte a character if all of it is ASCII; one other character makes that two.
const ascii = (/** @type {string} */ code) =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
await writeFile(`${directory}/run.cjs`, importing + ascii(scripts[0].code.replaceAll(/\bimport\(/g, "importModule(")));
// The bundler shortens names of exports, also to keywords, which are invalid as names of declarations.
const bridge = run.exports.map((name, i) => `const export${i} = run.${name};\nexport { export${i} as ${name} };`);
await writeFile(`${directory}/run.js`, ['import run from "./run.cjs";', ...bridge, ""].join("\n"));

// The code of pages, and of the explorer's workers. The chart library is embedded in pages separately, as its authors
// distribute it.
for (const [name, module] of [
  ["report", "report/page/main.js"],
  ["site", "report/page/site.js"],
  ["explore", "explore/page/main.js"],
  ["explore-worker", "explore/worker/main.js"],
  ["explore-hosts", "explore/page/hosts/main.js"],
  ["explore-hosts-worker", "explore/hosts/worker/main.js"],
]) {
  const page = await rolldown({
    input: path(`../dist/sim/${module}`),
    platform: "browser",
    external: ["uplot"],
    treeshake: { moduleSideEffects: [{ test: /\/node_modules\/jsonc-parser\//, sideEffects: false }] },
  });
  await page.write({
    file: path(`../dist/bundle/page/${name}.js`),
    format: "iife",
    minify: true,
    comments: false,
    globals: { uplot: "uPlot" },
  });
  await page.close();
}

const packages = output.flatMap((file) =>
  file.type === "chunk"
    ? file.moduleIds.flatMap((id) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? [])
    : [],
);
const licences = [...new Set(packages)].sort().map(async (name) => {
  const read = (/** @type {string} */ file) => readFile(path(`../node_modules/${name}/${file}`), "utf8");
  const { version, license } = JSON.parse(await read("package.json"));
  const text = await read("LICENSE")
    .catch(() => read("LICENSE.md"))
    .catch(async () => {
      const readme = await read("README.md");
      return readme.slice(readme.search(/^LICENSE/m));
    });
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
});
await writeFile(`${directory}/LICENCES.txt`, (await Promise.all(licences)).join(`\n${"-".repeat(80)}\n\n`));

// A run makes V8 compile the code that runs need.
const { status } = spawnSync(process.execPath, [path("keep-code.cjs"), directory, path("../traces/spike.json")], {
  stdio: ["ignore", "ignore", "inherit"],
});
if (status !== 0) throw new Error("the bundle does not run");
