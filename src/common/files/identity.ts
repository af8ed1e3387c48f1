/** The identity of the file that a path or a descriptor refers to. */
import { existsSync, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Device and inode number of a file: equal for all names of one file, hard links included. */
export const fileIdentity = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/**
 * The real path of a file that exists or that may be created: all symbolic links are followed, also a last one that
 * leads to a missing file. Paths that differ in symbolic links only have the same real path; hard links have different
 * ones.
 * @returns null if the path can't be followed: a folder in it is missing or may not be searched, or links form a loop
 */
export function realPathOf(path: string): string | null {
  try {
    // Node's own resolution removes `..` with the name before it; the system resolves `..` after following a link.
    if (existsSync(path)) return realpathSync.native(path);
    const end = destination(path);
    return join(realpathSync.native(dirname(end)), basename(end));
  } catch {
    return null;
  }
}

/**
 * The path to which a symbolic link leads, whether or not it exists; the path itself if it is no link.
 * @throws a system error if a folder in the path is missing, or links form a loop
 */
export function destination(path: string): string {
  // Fails for a loop of links, for which the search below would not end.
  statSync(path, { throwIfNoEntry: false });
  let end = path;
  while (lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // `..` in a link is relative to the link's real folder, which may be behind another link.
    end = resolve(realpathSync.native(dirname(end)), readlinkSync(end));
  }
  return end;
}
