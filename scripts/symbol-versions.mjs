import { spawnSync } from "node:child_process";

/** @typedef {"GLIBC" | "GLIBCXX" | "CXXABI" | "GCC"} Library */

/**
 * The newest version of each library's symbols that a program or a shared library asks for, such as `{ GLIBC: "2.28" }`.
 * @param {string} file
 * @returns {Partial<Record<Library, string>>}
 * @throws {Error} if there is no objdump, or it can't read the file
 */
export function symbolVersions(file) {
  const { status, stdout, stderr, error } = spawnSync("objdump", ["-T", file], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(error === undefined ? `objdump: ${stderr.trim()}` : "there is no objdump");
  /** @type {Partial<Record<Library, string>>} */
  const newest = {};
  for (const [, library, version] of stdout.matchAll(/\b(GLIBC|GLIBCXX|CXXABI|GCC)_(\d[\d.]*)/g)) {
    const at = /** @type {Library} */ (library);
    if (isNewer(version, newest[at] ?? "0")) newest[at] = version;
  }
  return newest;
}

/** Whether a version, such as `3.4.25`, is newer than another one. */
export function isNewer(/** @type {string} */ version, /** @type {string} */ other) {
  const parts = (/** @type {string} */ text) => text.split(".").map(Number);
  const limit = parts(other);
  const at = parts(version);
  const differs = at.findIndex((part, i) => part !== (limit[i] ?? 0));
  return differs >= 0 && at[differs] > (limit[differs] ?? 0);
}

/**
 * Versions that a file asks for and a system lacks, such as `GLIBC_2.38`.
 * @param {Partial<Record<Library, string>>} asked
 * @param {Partial<Record<Library, string>>} system libraries that it does not name are not looked at
 */
export const tooNew = (asked, system) =>
  Object.entries(asked)
    .filter(([library, version]) => isNewer(version, system[/** @type {Library} */ (library)] ?? version))
    .map(([library, version]) => `${library}_${version}`);
