const { lstatSync, readdirSync, realpathSync } = require("node:fs");
const { dirname, join } = require("node:path");

/**
 * Users who may write the code that this process runs: its own user and root. For root that is root alone and, under sudo, the
 * user who called sudo (git has the same rule for repositories).
 */
function trusted() {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  const { SUDO_UID, SUDO_GID } = uid === 0 ? process.env : {};
  const number = (/** @type {string | undefined} */ text) => (text === undefined ? [] : [Number(text)]);
  return { uids: new Set([0, uid, ...number(SUDO_UID)]), gids: new Set([0, gid, ...number(SUDO_GID)]) };
}

/**
 * Why other users could change a file or the contents of a directory; null if they can't.
 * @param {string} path
 * @param {ReturnType<typeof trusted>} owners
 * @param {boolean} isAbove whether it is a directory above the file, where the sticky bit keeps users from renaming files of others
 */
function opening(path, { uids, gids }, isAbove) {
  const stat = lstatSync(path);
  if (!uids.has(stat.uid)) return `${path} belongs to user ${stat.uid}`;
  // The permissions of a link say nothing; it is replaced by writing to its directory.
  if (stat.isSymbolicLink() || (isAbove && (stat.mode & 0o1000) !== 0)) return null;
  if ((stat.mode & 0o002) !== 0) return `every user may write to ${path}`;
  if ((stat.mode & 0o020) !== 0 && !gids.has(stat.gid)) return `group ${stat.gid} may write to ${path}`;
  return null;
}

/**
 * The first way in which users other than root and this one could change what lies at a path, up to the root of the file
 * system; null if there is none, and on systems that have no such users.
 * @param {string} path
 * @returns {string | null}
 */
function writableByOthers(path) {
  if (process.geteuid === undefined) return null;
  const owners = trusted();
  let at = realpathSync(path);
  let found = opening(at, owners, false);
  while (found === null && at !== dirname(at)) {
    at = dirname(at);
    found = opening(at, owners, true);
  }
  return found;
}

/**
 * The same for a whole package: its directory, all files under `within`, and the packages that it brings.
 * @param {string} root
 * @param {readonly string[]} within paths in the package
 * @returns {string | null}
 */
function packageWritableByOthers(root, within) {
  const above = writableByOthers(root);
  if (above !== null || process.geteuid === undefined) return above;
  const owners = trusted();
  /** @type {(path: string, depth: number) => string | null} */
  const look = (path, depth) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    let found = opening(path, owners, false);
    if (stat.isDirectory() && depth > 0) {
      for (const name of readdirSync(path)) found ??= look(join(path, name), depth - 1);
    }
    return found;
  };
  for (const path of within) {
    const found = look(join(root, path), 16);
    if (found !== null) return found;
  }
  return look(join(root, "node_modules"), 1);
}

module.exports = { packageWritableByOthers, writableByOthers };
