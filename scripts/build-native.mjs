/**
 * Compiles the addon of `balloon-hw` and the strict host of its tests, unless they are newer than their sources.
 *
 *     node scripts/build-native.mjs [--if-possible | --tolerant] [--prebuild]
 *
 * --if-possible  does nothing except print a message if the tools for compiling are missing --tolerant     the same,
 * and a failed build only prints a line on standard error: the simulator needs no addon --prebuild     copies the addon
 * to the place from which `npm pack` takes it, if it loads wherever Node 20 does
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync, utimesSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { symbolVersions, tooNew } from "./symbol-versions.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const ADDON = join(root, "build/Release/balloon_hw.node");
const BUILT = [ADDON, join(root, "build/Release/strict-host")];
const PREBUILT = join(root, "prebuilds/linux-x64/balloon_hw.node");

/** The newest versions of symbols that Node 20's own binaries for Linux require. */
const NEWEST = { GLIBC: "2.28", GLIBCXX: "3.4.25", CXXABI: "1.3.11" };

const wanted = new Set(process.argv.slice(2));

/** The reason why compiling is impossible here, or null. */
function obstacle() {
  if (process.platform !== "linux" || process.arch !== "x64") return "it is for Linux on x86-64 only";
  for (const tool of ["c++", "make", "python3"]) {
    if (spawnSync(tool, ["--version"]).status !== 0) return `there is no ${tool}`;
  }
  return null;
}

/** Modification time of the newest source, in milliseconds. */
function newestSourceMs() {
  const sources = readdirSync(join(root, "native"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Math.max(...[...sources, join(root, "binding.gyp")].map((file) => statSync(file).mtimeMs));
}

/** The node-gyp of npm. */
function nodeGyp() {
  const places = [process.env.npm_config_node_gyp];
  const npm = process.env.npm_execpath ?? join(dirname(process.execPath), "npm");
  if (existsSync(npm)) places.push(resolve(dirname(realpathSync(npm)), "../node_modules/node-gyp/bin/node-gyp.js"));
  return places.find((place) => place !== undefined && existsSync(place));
}

/** Compiles; returns an error, or null. */
function compile() {
  const gyp = nodeGyp();
  if (gyp === undefined) return "there is no node-gyp beside npm";
  const command = [gyp, "configure", "build"];
  // The headers of the running Node, so that they need not be downloaded.
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, "include/node/node_api.h"))) command.push(`--nodedir=${prefix}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
  if (status !== 0) return `node-gyp failed:\n${stdout}${stderr}`;
  // make may have skipped one of them; it is up to date nevertheless.
  const now = new Date();
  for (const file of BUILT) utimesSync(file, now, now);
  return null;
}

/** @param {string} why */
function stop(why, tolerated = false) {
  process.stderr.write(`build-native: the addon of balloon-hw is not compiled: ${why}\n`);
  process.exit(tolerated ? 0 : 1);
}

const newest = newestSourceMs();
if (BUILT.some((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < newest)) {
  const missing = obstacle();
  if (missing !== null) stop(missing, wanted.has("--if-possible") || wanted.has("--tolerant"));
  const failure = compile();
  if (failure !== null && wanted.has("--tolerant")) {
    stop(`${failure.split("\n")[0].replace(":", "")}; "npm run build:native" shows why`, true);
  }
  if (failure !== null) stop(failure);
}
if (wanted.has("--prebuild")) {
  try {
    const versions = tooNew(symbolVersions(ADDON), NEWEST);
    if (versions.length > 0) stop(`it asks for ${versions.join(", ")}, which Linux systems that run Node 20 may lack`);
  } catch (error) {
    stop(`what it asks for is unknown: ${/** @type {Error} */ (error).message}`);
  }
  mkdirSync(dirname(PREBUILT), { recursive: true });
  copyFileSync(ADDON, PREBUILT);
}
