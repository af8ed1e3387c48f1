// Node answers SIGUSR1 by opening a debugger, on a port that every user of the machine can reach; a handler takes that away.
// It comes before everything else.
process.on("SIGUSR1", () => {});

const { existsSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const nodeModule = require("node:module");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const v8 = require("node:v8");
const vm = require("node:vm");
const { packageWritableByOthers, writableByOthers } = require("./own-files.js");

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
  // V8 runs the code of this file without a check.
  const isKept = existsSync(code) && writableByOthers(code) === null;
  const parameters = "exports, require, module, __filename, __dirname, importFor";
  const script = new vm.Script(`(function (${parameters}) { ${readFileSync(filename, "utf8")}\n})`, {
    filename,
    cachedData: isKept ? readFileSync(code) : undefined,
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

/** The oldest Node that the compiled code is for, as package.json says. */
const OLDEST_NODE = [20, 19];

/** Whether this Node is too old to run the compiled code. */
function isOutdated() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

/** Lets ps and top show this process by the name of its command instead of "node". */
function takeName(/** @type {string} */ name) {
  try {
    writeFileSync("/proc/self/comm", name);
  } catch {
    // Only Linux has this.
  }
}

/** Closes a debugger that a signal has opened before there was a handler; one that was asked for stays. */
function closeDebugger() {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  if (!/--(inspect|debug)/.test(options)) require("node:inspector").close();
}

/**
 * @typedef {object} Launch
 * @property {number} outdated exit code where Node is too old
 * @property {number} fewFiles exit code where too few files may be open
 * @property {string} [bundle] directory of the command and all that it needs, put together into few files
 * @property {number} [untrusted] exit code where root would run code that other users can change
 * @property {readonly string[]} [code] the code that root runs: paths in the package
 */

/**
 * Hands over to the compiled command.
 * @param {string} name what the user called
 * @param {string} compiled its module
 * @param {Launch} launch
 */
async function start(name, compiled, { outdated, fewFiles, bundle, untrusted, code = [] }) {
  /** @type {(exitCode: number, why: string) => void} */
  const refuse = (exitCode, why) => {
    process.stderr.write(`${name}: ${why}\n`);
    process.exitCode = exitCode;
  };
  if (isOutdated()) {
    const [, at] = process.argv;
    return refuse(
      outdated,
      `needs Node ${OLDEST_NODE.join(".")} or later; ${process.execPath}, which runs ${at}, is ${process.version}`,
    );
  }
  takeName(name);
  const root = join(__dirname, "..");
  if (untrusted !== undefined) {
    closeDebugger();
    const why = process.geteuid?.() === 0 ? packageWritableByOthers(root, code) : null;
    if (why !== null) {
      return refuse(
        untrusted,
        `root would run code that other users can change: ${why}: install the package for root, or chown and chmod ${root}`,
      );
    }
  }
  if (writtenMs(compiled) === 0) return refuse(1, `not compiled yet: run "npm run build" in ${root}`);
  const args = process.argv.slice(2);
  // The modules show their sources in stacks.
  if (process.env.BALLOON_DEBUG) process.setSourceMapsEnabled(true);
  else if (bundle !== undefined && isCurrent(bundle)) {
    setFlags();
    return loadRun(bundle).main(args);
  }
  /** @type {{ main(args: readonly string[]): Promise<void> }} */
  let command;
  try {
    command = await import(pathToFileURL(compiled).href);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    // Node takes a package whose description it can't open for one that is not there.
    const folder = /^Cannot find package '(.*\/node_modules\/(?:@[^/']+\/)?[^/']+)/.exec(message)?.[1];
    const isHidden =
      code === "ERR_MODULE_NOT_FOUND" && folder !== undefined && existsSync(join(folder, "package.json"));
    if (code !== "EMFILE" && !isHidden) throw error;
    return refuse(fewFiles, "too few files may be open at once: raise the limit (ulimit -n; systemd: LimitNOFILE=)");
  }
  await command.main(args);
}

module.exports = { codeFile, loadRun, setFlags, start };
