import {
  chmodSync,
  copyFileSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** A directory that becomes the root of a package. Its files have the modes that they are given here, not those of their sources. */
export class Tree {
  /** @param {string} root */
  constructor(root) {
    this.root = root;
    mkdirSync(root, { recursive: true });
    // Whatever the umask is: the root of a package is a directory of it.
    chmodSync(root, 0o755);
  }

  /**
   * Copies a file.
   * @param {string} source
   * @param {string} path in the package
   * @param {{ executable?: boolean }} [options]
   */
  copy(source, path, { executable = false } = {}) {
    copyFileSync(source, this.#place(path));
    chmodSync(join(this.root, path), executable ? 0o755 : 0o644);
  }

  /**
   * Writes a file; one whose name ends with .gz is compressed.
   * @param {string} path in the package
   * @param {string} text
   * @param {{ executable?: boolean }} [options]
   */
  write(path, text, { executable = false } = {}) {
    writeFileSync(this.#place(path), path.endsWith(".gz") ? gzipSync(text, { level: 9 }) : text);
    chmodSync(join(this.root, path), executable ? 0o755 : 0o644);
  }

  /** The files, without directories, in order. */
  files() {
    return readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort();
  }

  /** Gives every file and directory the same time, and root as its owner if this is root: the same source makes the same package. */
  settle(/** @type {number} */ timeS) {
    const entries = readdirSync(this.root, { recursive: true, withFileTypes: true });
    for (const path of ["", ...entries.map((entry) => join(entry.parentPath, entry.name).slice(this.root.length))]) {
      if (process.geteuid?.() === 0) lchownSync(this.root + path, 0, 0);
      lutimesSync(this.root + path, timeS, timeS);
    }
  }

  #place(/** @type {string} */ path) {
    const place = join(this.root, path);
    // Whatever the umask is.
    let at = this.root;
    for (const part of dirname(path)
      .split("/")
      .filter((name) => name !== ".")) {
      at = join(at, part);
      mkdirSync(at, { recursive: true });
      chmodSync(at, 0o755);
    }
    return place;
  }
}

/** The text of a file. */
export const textOf = (/** @type {string} */ path) => readFileSync(path, "utf8");
