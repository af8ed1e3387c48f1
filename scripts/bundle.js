/**
 * Puts the compiled modules of `balloon-sim` together into few files, because opening fifty of them takes longer than a
 * short run. Run by `npm run build`; `bin/start.js` uses the result as long as nothing was compiled after it. The packages
 * that every run needs go in as well, with their licences beside them; the others stay outside. The bundle lies as deep as
 * the modules do, so that paths relative to a module remain right.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const directory = path("../dist/bundle/sim");

const BUNDLED = ["commander", "seedrandom"];

/** Modules that a plain run loads, and with each of them what it imports without ado. */
const RUN = ["main", "commands/run", "run-traces"];

/** Everything that compiled modules import statically, themselves included. */
async function closure(/** @type {string[]} */ modules) {
  const found = new Set(modules);
  for (const module of found) {
    const text = await readFile(module, "utf8");
    for (const [, imported] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)";/gm)) {
      found.add(fileURLToPath(new URL(imported, pathToFileURL(module))));
    }
  }
  return found;
}

/** What every run needs goes into one file; what only some need is loaded when they do. */
const early = await closure(RUN.map((name) => path(`../dist/sim/cli/${name}.js`)));
const isEarly = (/** @type {string} */ id) =>
  early.has(id) || BUNDLED.some((name) => id.includes(`/node_modules/${name}/`));

await rm(directory, { recursive: true, force: true });
const bundle = await rolldown({
  input: {
    main: path("../dist/sim/cli/main.js"),
    worker: path("../dist/sim/cli/jobs/worker.js"),
    "run-worker": path("../dist/sim/tune/study/run-worker.js"),
  },
  platform: "node",
  external: (id) => /^[^./]/.test(id) && !BUNDLED.some((name) => id === name || id.startsWith(`${name}/`)),
});
await bundle.write({
  dir: directory,
  format: "esm",
  sourcemap: true,
  chunkFileNames: "[name].js",
  codeSplitting: { groups: [{ name: "run", test: isEarly }] },
});
await bundle.close();

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

const licences = BUNDLED.map(async (name) => {
  const read = (/** @type {string} */ file) => readFile(path(`../node_modules/${name}/${file}`), "utf8");
  const { version, license } = JSON.parse(await read("package.json"));
  const text = await read("LICENSE").catch(() =>
    read("README.md").then((readme) => readme.slice(readme.search(/^LICENSE/m))),
  );
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
});
await writeFile(`${directory}/LICENCES.txt`, (await Promise.all(licences)).join(`\n${"-".repeat(80)}\n\n`));
