const { existsSync, readFileSync, statSync } = require("node:fs");
const nodeModule = require("node:module");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const v8 = require("node:v8");
const vm = require("node:vm");

/**
 * V8 compiles a function anew, optimized, once so many bytes of its bytecode have run. By default that is a quarter as many
 * in Node 20: a run of some thousand events, over before it pays, then takes 20 to 30 ms longer.
 */
const INTERRUPT_BUDGET = 500_000;

/** When a file was written, in milliseconds; 0 where there is none. */
const writtenMs = (/** @type {string} */ file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Sets how V8 works; part of what compiled code must fit. */
function setFlags() {
  if (process.versions.v8.startsWith("11.")) v8.setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}

/**
 * Where the code is that V8 has compiled of a bundle. It fits one build of Node alone: V8 would take the code of another
 * one with the same V8, and crash.
 * @param {string} bundle directory
 */
function codeFile(bundle) {
  const { size, mtimeMs } = statSync(process.execPath);
  return join(bundle, `run-${process.version}-${process.arch}-${size}-${Math.floor(mtimeMs)}.code`);
}

/**
 * Loads what every run needs of a bundle, with the code that was compiled of it when it was made (`scripts/bundle.js`).
 * @param {string} bundle directory
 */
function loadRun(bundle) {
  const filename = join(bundle, "run.cjs");
  const code = codeFile(bundle);
  const parameters = "exports, require, module, __filename, __dirname, importFor";
  const script = new vm.Script(`(function (${parameters}) { ${readFileSync(filename, "utf8")}\n})`, {
    filename,
    cachedData: existsSync(code) ? readFileSync(code) : undefined,
  });
  const module = { id: filename, filename, loaded: true, exports: /** @type {any} */ ({}) };
  const require = nodeModule.createRequire(filename);
  const importFor = (/** @type {string} */ id) =>
    import(id.startsWith("./") ? pathToFileURL(join(bundle, id)).href : id);
  // Where the modules of the bundle find it.
  require.cache[filename] = /** @type {NodeModule} */ (module);
  script.runInThisContext()(module.exports, require, module, filename, bundle, importFor);
  return { main: module.exports.main, script };
}

/**
 * Whether a bundle is there that is as new as what was compiled last.
 * @param {string} bundle directory
 */
function isCurrent(bundle) {
  const compiledMs = ["engine", "common", "sim"].map((layer) => writtenMs(join(bundle, `../../${layer}/.tsbuildinfo`)));
  return writtenMs(join(bundle, "run.cjs")) >= Math.max(...compiledMs, 1);
}

/**
 * Hands over to the compiled command.
 * @param {string} name what the user called
 * @param {string} compiled its module
 * @param {string} [bundle] directory of the same and all that it needs, put together into few files
 */
async function start(name, compiled, bundle) {
  // Node 22 and later keep compiled code between runs.
  nodeModule.enableCompileCache?.();
  if (writtenMs(compiled) === 0) {
    process.stderr.write(`${name}: not compiled yet: run "npm run build" in ${join(__dirname, "..")}\n`);
    process.exitCode = 1;
    return;
  }
  const args = process.argv.slice(2);
  // The modules show their sources in stacks.
  if (process.env.BALLOON_DEBUG) process.setSourceMapsEnabled(true);
  else if (bundle !== undefined && isCurrent(bundle)) {
    setFlags();
    return loadRun(bundle).main(args);
  }
  const { main } = await import(pathToFileURL(compiled).href);
  await main(args);
}

module.exports = { codeFile, loadRun, setFlags, start };
