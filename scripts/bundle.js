/**
 * Puts the compiled modules of `balloon-sim` together into few files, because opening fifty of them takes longer than a
 * short run, and has V8 compile ahead what every run needs. Run by `npm run build`; `bin/start.js` uses the result as long
 * as nothing was compiled after it. The packages that every run needs go in as well, with their licences beside them; the
 * others stay outside. The bundle lies as deep as the modules do, so that paths relative to a module remain right.
 */
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { writeModelId } from "./model-id.js";

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const directory = path("../dist/bundle/sim");

const BUNDLED = ["commander", "fastest-levenshtein", "jsonc-parser", "seedrandom"];

/** Modules that a plain run loads, and with each of them what it imports without ado. */
const RUN = ["main", "commands/run", "run-traces"];

/** Everything that compiled modules import statically, themselves included. */
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

/** What every run needs goes into one file; what only some need is loaded when they do. */
const early = await closure(RUN.map((name) => path(`../dist/sim/cli/${name}.js`)));
const isEarly = (/** @type {string} */ id) =>
  early.has(id) || BUNDLED.some((name) => id.includes(`/node_modules/${name}/`));

/** commander starts processes for commands that are programs of their own: we have none, and loading this takes 13 ms. */
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
  },
  platform: "node",
  // Of a package that has both, the ES modules: of those, what is not used is left out.
  resolve: { mainFields: ["module", "main"] },
  plugins: [withoutUnused],
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

// What every run needs is put as CommonJS into `run.cjs`, because V8's compiled code can be kept of scripts, not of modules;
// `run.js` hands its exports on to the modules that are loaded later.
const run = output.find((file) => file.type === "chunk" && file.fileName === "run.js");
if (run?.type !== "chunk") throw new Error("the bundle has no run.js");
const entry = `${directory}/run.entry.js`;
await writeFile(entry, 'export * from "./run.js";\nexport { main } from "./main.js";\n');
const script = await rolldown({
  input: entry,
  platform: "node",
  external: (id) => !/\/(main|run|run\.entry|rolldown-runtime)\.js$/.test(id),
});
const { output: scripts } = await script.generate({ dir: directory, format: "cjs" });
await script.close();
await rm(entry);
// A script can't import by itself: who runs it does that for it. As a module, in worker threads, it can.
const importing = 'const importModule = typeof importFor === "function" ? importFor : (id) => import(id);\n';
await writeFile(`${directory}/run.cjs`, importing + scripts[0].code.replaceAll(/\bimport\(/g, "importModule("));
// The bundler shortens names of exports, to keywords as well, which no declaration may have.
const bridge = run.exports.map((name, i) => `const export${i} = run.${name};\nexport { export${i} as ${name} };`);
await writeFile(`${directory}/run.js`, ['import run from "./run.cjs";', ...bridge, ""].join("\n"));

// What runs in the page of a report. The chart library is put into the page beside it, as its authors distribute it.
const page = await rolldown({
  input: path("../dist/sim/report/page/main.js"),
  platform: "browser",
  external: ["uplot"],
});
await page.write({
  file: path("../dist/bundle/page/report.js"),
  format: "iife",
  minify: true,
  globals: { uplot: "uPlot" },
});
await page.close();

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

// A run has V8 compile what it needs.
const { status } = spawnSync(process.execPath, [path("keep-code.cjs"), directory, path("../traces/spike.json")], {
  stdio: ["ignore", "ignore", "inherit"],
});
if (status !== 0) throw new Error("the bundle does not run");
