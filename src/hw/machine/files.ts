import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The files that describe a machine; tests use other directories. */
export class MachineFiles {
  readonly #root: string;

  constructor(root = "/") {
    this.#root = root;
  }

  exists(path: string): boolean {
    return existsSync(join(this.#root, path));
  }

  /** Device and inode of a file, in the notation of /proc/locks: `00:19:1234`; null if it does not exist. */
  inode(path: string): string | null {
    const stat = statSync(join(this.#root, path), { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return null;
    // The encoding of glibc's gnu_dev_major and gnu_dev_minor.
    const major = ((stat.dev >> 8n) & 0xfffn) | ((stat.dev >> 32n) & ~0xfffn);
    const minor = (stat.dev & 0xffn) | ((stat.dev >> 12n) & ~0xffn);
    const hex = (part: bigint) => part.toString(16).padStart(2, "0");
    return `${hex(major)}:${hex(minor)}:${stat.ino}`;
  }

  /** The text of a file without blanks at its end; null if it can't be read. */
  read(path: string): string | null {
    try {
      return readFileSync(join(this.#root, path), "latin1").trimEnd();
    } catch {
      return null;
    }
  }
}
