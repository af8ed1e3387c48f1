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
 * @param {ReturnType<typeof trusted>} owners
 * @param {boolean} isAbove whether it is a directory above the file, where the sticky bit keeps users from renaming
 * other users' files
 */
function opening(path, { uids, gids }, isAbove) {
  const stat = lstatSync(path);
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
 * The directory of an installed dependency of a package, found as Node finds it: in `node_modules` of its directory or
 * of one above; null if it is not installed.
 * @param {string} name
 * @param {string} from directory of the package that depends on it
 */
function installed(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const directory = join(at, "node_modules", name);
    if (existsSync(join(directory, "package.json"))) return directory;
    if (at === dirname(at)) return null;
  }
}

/**
 * The same for a whole package: its directory, all files under `within`, and all files of its dependencies,
 * recursively, wherever they are installed.
 * @param {string} root
 * @param {readonly string[]} within paths in the package
 * @returns {string | null}
 */
function packageWritableByOthers(root, within) {
  const above = writableByOthers(root);
  if (above !== null || process.geteuid === undefined) return above;
  const owners = trusted();
  /** @type {(path: string) => string | null} */
  const look = (path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    let found = opening(path, owners, false);
    if (stat.isDirectory()) {
      for (const name of readdirSync(path)) found ??= look(join(path, name));
    }
    return found;
  };
  for (const path of within) {
    const found = look(join(root, path));
    if (found !== null) return found;
  }
  const packages = new Set([realpathSync(root)]);
  // The loop also visits elements that are added during the loop.
  for (const from of packages) {
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(from, "package.json"), "utf8"),
    );
    // What the package itself can do without are the packages of a queue, which only balloon-sim loads.
    const needed = from === realpathSync(root) ? dependencies : { ...dependencies, ...optionalDependencies };
    for (const name of Object.keys(needed)) {
      const place = installed(name, from);
      if (place === null) continue;
      // The directory may be a link, which is replaced by writing to its parent directory.
      const directory = realpathSync(place);
      const isNew = !packages.has(directory);
      const found =
        writableByOthers(dirname(place)) ?? (isNew ? (writableByOthers(directory) ?? look(directory)) : null);
      if (found !== null) return found;
      packages.add(directory);
    }
  }
  return null;
}

module.exports = { packageWritableByOthers, writableByOthers };
