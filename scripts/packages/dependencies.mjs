import { isNewer } from "../symbol-versions.mjs";

/**
 * The newest versions of symbols that the libraries of distributions have. The daemon itself needs Linux 5.14.
 * @type {Readonly<Record<string, Partial<Record<import("../symbol-versions.mjs").Library, string>>>>}
 */
export const DISTRIBUTIONS = {
  // glibc 2.34, GCC 11
  "RHEL 9": { GLIBC: "2.34", GLIBCXX: "3.4.29", CXXABI: "1.3.13" },
  // glibc 2.36, GCC 12
  "Debian 12": { GLIBC: "2.36", GLIBCXX: "3.4.30", CXXABI: "1.3.13" },
  // glibc 2.39, GCC 14 for its libraries
  "Ubuntu 24.04": { GLIBC: "2.39", GLIBCXX: "3.4.33", CXXABI: "1.3.15" },
  // glibc 2.41, GCC 14
  "Debian 13": { GLIBC: "2.41", GLIBCXX: "3.4.33", CXXABI: "1.3.15" },
};

/** The release of GCC whose libstdc++ is the first with a version of symbols (libstdc++'s manual, "ABI policy"). */
const GCC_OF = {
  GLIBCXX: { "3.4.21": "5", "3.4.22": "6", "3.4.23": "7", "3.4.24": "7", "3.4.25": "8", "3.4.26": "9", "3.4.28": "9" },
  CXXABI: { "1.3.9": "5", "1.3.10": "6", "1.3.11": "7", "1.3.12": "9" },
};

/**
 * The packages of Debian that have the symbols which programs ask for.
 * @param {readonly Partial<Record<import("../symbol-versions.mjs").Library, string>>[]} asked by each program
 * @returns {string[]} such as `libc6 (>= 2.28)`
 * @throws {Error} if it is not known since when libstdc++ has a version
 */
export function debianDependencies(asked) {
  const newest = (/** @type {(string | undefined)[]} */ versions) =>
    versions.reduce(
      (/** @type {string} */ found, one) => (one !== undefined && isNewer(one, found) ? one : found),
      "0",
    );
  const gcc = asked.flatMap((one) =>
    Object.entries(GCC_OF).map(([library, releases]) => {
      const version = one[/** @type {keyof typeof GCC_OF} */ (library)];
      if (version === undefined) return undefined;
      const release = /** @type {Record<string, string>} */ (releases)[version];
      if (release === undefined)
        throw new Error(`the release of GCC with ${library}_${version} is not known: add it to dependencies.mjs`);
      return release;
    }),
  );
  return [`libc6 (>= ${newest(asked.map(({ GLIBC }) => GLIBC))})`, "libgcc-s1", `libstdc++6 (>= ${newest(gcc)})`];
}
