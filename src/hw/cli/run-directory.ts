import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAME = /^balloon-hw-(\d+)-\w{6}$/;

/**
 * Calls `work` with a new directory that only this user can use and that is removed afterwards. Also removes
 * directories that killed processes have left.
 */
export async function withRunDirectory<T>(work: (directory: string) => Promise<T>, parent = tmpdir()): Promise<T> {
  sweep(parent);
  const directory = mkdtempSync(join(parent, `balloon-hw-${process.pid}-`));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Removes this user's directories whose processes have ended. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const path = join(parent, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    // Any user may create a file of such a name in /tmp.
    if (stat?.isDirectory() && stat.uid === process.geteuid?.()) rmSync(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
