import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../../../common/errors.ts";
import { realPathOf } from "../../../common/files/identity.ts";
import { removeTemporary, trackTemporary } from "../../../common/files/temporary.ts";
import { isHere, isOver, type ProcessIdentity, thisProcess } from "../../../common/process-identity.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";

/** How often, and at what interval, a process checks again that started at the same time as another. */
const LOOKS = 40;
const LOOK_MS = 25;

/**
 * Makes sure that only one process at a time works on a file. Each process creates a file of its own beside it,
 * `.FILE.PID-START.lock`, and then looks for those of others: so two processes can't both find no other lock. The lock
 * of a killed process is recognised and removed; as each name belongs to one process, that never removes the lock of a
 * living one.
 */
export class FileLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param given the file, which need not exist
   * @param what kind of file, for messages: `study`
   * @throws {InputError} if another process has the lock, or it can't be created
   */
  static async take(given: string, what: string): Promise<FileLock> {
    // Several names of one file have one lock. If the path can't be followed, writing the lock fails with the reason.
    const path = realPathOf(given) ?? given;
    const self = thisProcess();
    const lockPath = join(dirname(path), `${prefixOf(path)}${self.pid}-${self.startTicks}${SUFFIX}`);
    if (existsSync(lockPath) && readHolder(lockPath, basename(lockPath))?.boot === self.boot) {
      throw new InputError(`${escapeUnsafe(given)}: this process works on this ${what} already`);
    }
    trackTemporary(lockPath);
    try {
      writeFileSync(lockPath, `${JSON.stringify(self)}\n`);
    } catch (error) {
      removeTemporary(lockPath);
      if (!isSystemError(error)) throw error;
      throw new InputError(`${escapeUnsafe(given)}: can't be written: ${systemErrorText(error)}`);
    }
    const lock = new FileLock(lockPath);
    try {
      for (let look = 1; ; look++) {
        const other = firstOther(path, lockPath);
        if (other === null) return lock;
        // Of two processes at the same time, the one that was started first continues.
        if (look === LOOKS || !precedes(self, other.holder)) {
          throw new InputError(
            `${escapeUnsafe(given)}: process ${other.holder.pid} works on this ${what} already` +
              (other.isCertain
                ? ""
                : ` on ${escapeUnsafe(other.holder.host)}; if it does not, remove ${escapeUnsafe(other.path)}`),
          );
        }
        await sleep(LOOK_MS);
      }
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  release(): void {
    removeTemporary(this.#path);
  }
}

const SUFFIX = ".lock";
const prefixOf = (path: string): string => `.${basename(path)}.`;

/** The first lock on the file of another process that is alive, as far as can be determined. */
function firstOther(
  path: string,
  ownPath: string,
): { readonly path: string; readonly holder: ProcessIdentity; readonly isCertain: boolean } | null {
  const directory = dirname(path);
  const prefix = prefixOf(path);
  for (const name of readdirSync(directory).sort()) {
    if (!name.startsWith(prefix) || !/^\d+-\d+\.lock$/.test(name.slice(prefix.length))) continue;
    const lockPath = join(directory, name);
    if (lockPath === ownPath) continue;
    const holder = readHolder(lockPath, name);
    if (holder === null) continue;
    if (!isOver(holder)) return { path: lockPath, holder, isCertain: isHere(holder) };
    removeTemporary(lockPath);
  }
  return null;
}

/**
 * The content of a lock; null if it has been removed meanwhile. Of a lock that is being written, the name has the
 * necessary part.
 */
function readHolder(path: string, name: string): ProcessIdentity | null {
  try {
    const text = readFileSync(path, "utf8");
    if (text.endsWith("\n")) return JSON.parse(text) as ProcessIdentity;
    const [, pid, startTicks] = /(\d+)-(\d+)\.lock$/.exec(name) ?? [];
    return { ...thisProcess(), pid: Number(pid), startTicks: Number(startTicks) };
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  }
}

const precedes = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  a.startTicks < b.startTicks || (a.startTicks === b.startTicks && a.pid < b.pid);
