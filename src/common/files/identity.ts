/** Which file a path or an open file stands for. */
import { existsSync, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Device and inode number of a file: equal for all names of one file, hard links included. */
export const fileIdentity = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/**
 * The real path of a file that exists or that may be created: all symbolic links are followed, a last one that leads to a
 * missing file too. Paths that differ in symbolic links only have the same real path; hard links have different ones.
 * @returns null where the path can't be followed: a folder on the way is missing or may not be searched, or links form a loop
 */
export function realPathOf(path: string): string | null {
  try {
    // Node's own search takes `..` for the folder's name left out; the system follows it behind a link.
    if (existsSync(path)) return realpathSync.native(path);
    const end = destination(path);
    return join(realpathSync.native(dirname(end)), basename(end));
  } catch {
    return null;
  }
}

/**
 * Where a symbolic link leads to, whether a file exists there or not; the path itself where it is no link.
 * @throws a system error where a folder on the way is missing, or links form a loop
 */
export function destination(path: string): string {
  // Fails for a loop of links, which the search below would not leave.
  statSync(path, { throwIfNoEntry: false });
  let end = path;
  while (lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // `..` in a link starts where the folder really is, which may be behind a link itself.
    end = resolve(realpathSync.native(dirname(end)), readlinkSync(end));
  }
  return end;
}
