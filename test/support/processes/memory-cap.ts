import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where memory groups are made, and the file that limits one: cgroup v1 and v2. */
const KINDS = [
  { root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" },
  { root: "/sys/fs/cgroup", limit: "memory.max" },
];

/** A group of processes that together never have more memory than they were given. */
export class MemoryCap {
  readonly #path: string;

  /** @throws {Error} where no memory group can be made */
  constructor(name: string, bytes: number) {
    const kind = KINDS.find(({ root }) => existsSync(join(root, "cgroup.procs")));
    if (kind === undefined) throw new Error("no memory groups on this machine");
    this.#path = join(kind.root, `${name}-${process.pid}`);
    mkdirSync(this.#path);
    writeFileSync(join(this.#path, kind.limit), String(bytes));
  }

  /** A shell command that runs another one inside. */
  around(command: string): string {
    return `echo $$ > ${join(this.#path, "cgroup.procs")} && exec ${command}`;
  }

  /** Removes the group; no process may be in it any more. */
  remove(): void {
    rmdirSync(this.#path);
  }
}
