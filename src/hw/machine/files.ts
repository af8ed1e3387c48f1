import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files in which a machine says what it is; tests have directories of their own. */
export class MachineFiles {
  readonly #root: string;

  constructor(root = "/") {
    this.#root = root;
  }

  exists(path: string): boolean {
    return existsSync(join(this.#root, path));
  }

  /** The text of a file without blanks at its end; null where it can't be read. */
  read(path: string): string | null {
    try {
      return readFileSync(join(this.#root, path), "latin1").trimEnd();
    } catch {
      return null;
    }
  }
}
