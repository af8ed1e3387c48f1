// Node answers SIGUSR1 by opening a debugger, on a port that every user of the machine can reach; a handler prevents
// that. It must be installed before anything else.
process.on("SIGUSR1", () => {});

const { existsSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const vm = require("node:vm");
const { packageWritableByOthers, writableByOthers } = require("./own-files.js");

/**
 * V8 optimizes a function after this many bytes of its bytecode have run. In Node 20 the default is a quarter of this:
 * a run of some thousand events, which ends before optimization pays off, then takes 20 to 30 ms longer.
 */
const INTERRUPT_BUDGET = 500_000;

/** Modification time of a file, in milliseconds; 0 if it does not exist. */
const writtenMs = (/** @type {string} */ file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Sets V8's flags, which are part of the key of cached code. */
function setFlags() {
  if (process.versions.v8.startsWith("11."))
    require("node:v8").setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}

/**
 * The file of the compiled code of a bundle (V8's code cache). It is valid for one build of Node only: V8 would accept
 * the code of another build with the same V8 version, and crash.
 * @param {string} bundle directory
 */
function codeFile(bundle) {
  const { size, mtimeMs } = statSync(process.execPath);
  return join(bundle, `run-${process.version}-${process.arch}-${size}-${Math.floor(mtimeMs)}.code`);
}

/**
 * Loads the part of a bundle that every run needs, with its cached compiled code (`scripts/bundle.js`).
 * @param {string} bundle directory
 */
function loadRun(bundle) {
  const filename = join(bundle, "run.cjs");
  const code = codeFile(bundle);
  // V8 runs the code of this file without verifying it.
  const isKept = existsSync(code) && writableByOthers(code) === null;
  const parameters = "exports, require, module, __filename, __dirname, importFor";
  const script = new vm.Script(`(function (${parameters}) { ${readFileSync(filename, "utf8")}\n})`, {
    filename,
    cachedData: isKept ? readFileSync(code) : undefined,
  });
  const module = { id: filename, filename, loaded: true, exports: /** @type {any} */ ({}) };
  const importFor = (/** @type {string} */ id) =>
    import(id.startsWith("./") ? pathToFileURL(join(bundle, id)).href : id);
  // Modules of the bundle find it here.
  require.cache[filename] = /** @type {NodeModule} */ (module);
  script.runInThisContext()(module.exports, require, module, filename, bundle, importFor);
  return { main: module.exports.main, script };
}

/**
 * Whether a bundle exists and is as new as the last compilation.
 * @param {string} bundle directory
 */
function isCurrent(bundle) {
  const compiledMs = ["engine", "common", "sim"].map((layer) => writtenMs(join(bundle, `../../${layer}/.tsbuildinfo`)));
  return writtenMs(join(bundle, "run.cjs")) >= Math.max(...compiledMs, 1);
}

/** The oldest supported version of Node, as in package.json. */
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

/**
 * Closes a debugger that a signal has opened before the handler was installed; keeps one that an option has requested.
 */
function closeDebugger() {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  if (!/--(inspect|debug)/.test(options)) require("node:inspector").close();
}

/**
 * @typedef {object} Launch
 * @property {number} outdated exit code if Node is too old
 * @property {number} fewFiles exit code if too few files may be open
 * @property {string} [bundle] directory of the bundle of the command
 * @property {number} [untrusted] exit code if root would run code that other users can change
 * @property {readonly string[]} [code] the code that root runs: paths in the package
 * @property {readonly string[]} [packages] the packages that this code imports
 */

/**
 * Starts the compiled command.
 * @param {string} name of the command, as called by the user
 * @param {string} compiled path of its module
 * @param {Launch} launch
 */
async function start(name, compiled, { outdated, fewFiles, bundle, untrusted, code = [], packages = [] }) {
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
    const why = process.geteuid?.() === 0 ? packageWritableByOthers(root, code, packages) : null;
    if (why !== null) {
      return refuse(
        untrusted,
        `root would run code that other users can change: ${why}: install the package for root, or chown and chmod ${root}`,
      );
    }
  }
  if (writtenMs(compiled) === 0) return refuse(1, `not compiled yet: run "npm run build" in ${root}`);
  const args = process.argv.slice(2);
  // Stack traces then refer to the sources.
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
    // Node reports a package whose package.json it can't open as missing.
    const folder = /^Cannot find package '(.*\/node_modules\/(?:@[^/']+\/)?[^/']+)/.exec(message)?.[1];
    const isHidden =
      code === "ERR_MODULE_NOT_FOUND" && folder !== undefined && existsSync(join(folder, "package.json"));
    if (code !== "EMFILE" && !isHidden) throw error;
    return refuse(fewFiles, "too few files may be open at once: raise the limit (ulimit -n; systemd: LimitNOFILE=)");
  }
  await command.main(args);
}

module.exports = { codeFile, loadRun, setFlags, start };
