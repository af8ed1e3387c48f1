/**
 * Writes commit.json, from which the commands know the commit that they were made of: {"commit": "HASH"}, "HASH+changes" of a
 * changed clone, or "unknown" without git. A clone itself has no such file: it would soon be wrong.
 * Run by `npm pack`, which also removes the file again (--remove); the .deb and the .rpm have the same file.
 */
import { spawnSync } from "node:child_process";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The name of the file, in the root of a package. */
export const COMMIT_FILE = "commit.json";

/**
 * The commit of the clone in a directory: `HASH`, `HASH+changes` if a file that git does not ignore was changed or is new, or
 * `unknown` if the directory is no clone, also where it is a folder of one.
 * @param {string} root
 */
export function commitOf(root) {
  const git = (/** @type {string[]} */ ...args) => {
    const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
    return status === 0 ? stdout.trim() : null;
  };
  const top = git("rev-parse", "--show-toplevel");
  const hash = git("rev-parse", "--verify", "HEAD");
  const changes = git("status", "--porcelain");
  if (top === null || hash === null || changes === null) return "unknown";
  if (realpathSync(top) !== realpathSync(root)) return "unknown";
  return changes === "" ? hash : `${hash}+changes`;
}

/** The text of the file. */
export const commitText = (/** @type {string} */ commit) => `${JSON.stringify({ commit })}\n`;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  if (process.argv.includes("--remove")) rmSync(join(root, COMMIT_FILE), { force: true });
  else writeFileSync(join(root, COMMIT_FILE), commitText(commitOf(root)));
}
