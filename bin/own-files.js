const { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } = require("node:fs");
const { dirname, join } = require("node:path");

/**
 * Users who may write the code that this process runs: its own user and root. For root these are root and, under sudo,
 * the user who called sudo (git has the same rule for repositories).
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
 * @param {import("node:fs").Stats} stat its own, also of a link
 * @param {ReturnType<typeof trusted>} owners
 * @param {boolean} isAbove whether it is a directory above the file, where the sticky bit keeps users from renaming
 * other users' files
 */
function opening(path, stat, { uids, gids }, isAbove) {
  if (!uids.has(stat.uid)) return `${path} belongs to user ${stat.uid}`;
  // The permissions of a link do not matter; a link is replaced by writing to its directory.
  if (stat.isSymbolicLink() || (isAbove && (stat.mode & 0o1000) !== 0)) return null;
  if ((stat.mode & 0o002) !== 0) return `every user may write to ${path}`;
  if ((stat.mode & 0o020) !== 0 && !gids.has(stat.gid)) return `group ${stat.gid} may write to ${path}`;
  return null;
}

/**
 * The first way in which users other than root and this user could change the file at a path, or a directory on the way
 * from the root of the file system; null if there is none, and on systems without such users.
 * @param {string} path
 * @param {ReturnType<typeof trusted>} owners
 * @param {Set<string>} passed directories above other paths that have passed; the call adds its own
 * @returns {string | null}
 */
function writableByOthers(path, owners = trusted(), passed = new Set()) {
  if (process.geteuid === undefined) return null;
  let at = realpathSync.native(path);
  let found = opening(at, lstatSync(at), owners, false);
  while (found === null && at !== dirname(at)) {
    at = dirname(at);
    if (passed.has(at)) return null;
    found = opening(at, lstatSync(at), owners, true);
    if (found === null) passed.add(at);
  }
  return found;
}

/**
 * The directories in which Node looks for the dependencies of a package, as far as they exist: `node_modules` of its
 * directory and of each one above, the nearest first.
 * @param {string} from directory of the package
 */
function foldersOfDependencies(from) {
  const folders = [];
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules");
    if (existsSync(folder)) folders.push(folder);
    if (at === dirname(at)) return folders;
  }
}

/**
 * The same for a whole package: its directory, all files under `within`, and all files of the packages that it loads
 * and of their dependencies, recursively, wherever they are installed.
 * @param {string} root
 * @param {readonly string[]} within paths in the package
 * @param {readonly string[]} packages names of the packages that it loads
 * @returns {string | null}
 */
function packageWritableByOthers(root, within, packages) {
  if (process.geteuid === undefined) return null;
  const owners = trusted();
  /** @type {Set<string>} */
  const passed = new Set();
  const check = (/** @type {string} */ path) => writableByOthers(path, owners, passed);
  /** @type {(path: string) => string | null} */
  const look = (path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    let found = opening(path, stat, owners, false);
    if (stat.isDirectory()) {
      for (const name of readdirSync(path)) found ??= look(`${path}/${name}`);
    }
    return found;
  };
  const above = check(root);
  if (above !== null) return above;
  for (const path of within) {
    const found = look(join(root, path));
    if (found !== null) return found;
  }
  const directories = new Map([[realpathSync.native(root), packages]]);
  // The loop also visits elements that are added during the loop.
  for (const [from, names] of directories) {
    const folders = foldersOfDependencies(from);
    for (const name of names) {
      for (const folder of folders) {
        const place = join(folder, name);
        // A user who can write to the parent directory can replace the package, which may be a link, and can put one
        // there if it is only in a folder further up. The parent directory of @scope/name is in the folder.
        const parent = dirname(place);
        const found = check(parent === folder || existsSync(parent) ? parent : folder);
        if (found !== null) return found;
        if (!existsSync(join(place, "package.json"))) continue;
        const directory = realpathSync.native(place);
        if (!directories.has(directory)) {
          const inside = check(directory) ?? look(directory);
          if (inside !== null) return inside;
          const { dependencies, optionalDependencies } = JSON.parse(
            readFileSync(join(directory, "package.json"), "utf8"),
          );
          directories.set(directory, Object.keys({ ...dependencies, ...optionalDependencies }));
        }
        break;
      }
    }
  }
  return null;
}

module.exports = { packageWritableByOthers, writableByOthers };
