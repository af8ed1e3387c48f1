import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../../../common/errors.ts";
import { realPathOf } from "../../../common/files/identity.ts";
import { removeTemporary, trackTemporary } from "../../../common/files/temporary.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";

/** Which process holds a lock, so that others can tell whether it still lives. */
interface Holder {
  readonly pid: number;
  /** When it was started, in ticks since the machine was: another process that has got its number is another one. */
  readonly startTicks: number;
  readonly host: string;
  /** Start of the machine, and the container's view of its processes. */
  readonly boot: string;
  readonly processes: string;
}

/** How often, and how long apart, a process looks again that came at the same time as another. */
const LOOKS = 40;
const LOOK_MS = 25;

/**
 * Makes sure that one process at a time works on a file. Each that wants to leaves a file of its own beside it,
 * `.FILE.PID-START.lock`, and then looks for those of others: two processes can't both find no other lock. What a
 * killed process left behind is recognised and removed; as the name is that of one process alone, never the lock of a
 * living one.
 */
export class FileLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param given the file, which need not be there
   * @param what the file is, for messages: `study`
   * @throws {InputError} where another process has the lock, or none can be left there
   */
  static async take(given: string, what: string): Promise<FileLock> {
    // Two names of one file are one file. Where the path can't be followed, writing the lock fails and says why.
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
        const other = firstOther(path, lockPath, self);
        if (other === null) return lock;
        // Of two that come at the same time the one that was started first goes on.
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

/** The first lock on the file that is not one's own and whose process lives, as far as can be told. */
function firstOther(
  path: string,
  ownPath: string,
  self: Holder,
): { readonly path: string; readonly holder: Holder; readonly isCertain: boolean } | null {
  const directory = dirname(path);
  const prefix = prefixOf(path);
  for (const name of readdirSync(directory).sort()) {
    if (!name.startsWith(prefix) || !/^\d+-\d+\.lock$/.test(name.slice(prefix.length))) continue;
    const lockPath = join(directory, name);
    if (lockPath === ownPath) continue;
    const holder = readHolder(lockPath, name);
    if (holder === null) continue;
    const isHere = holder.host === self.host && holder.boot === self.boot && holder.processes === self.processes;
    const isOver = isHere ? !lives(holder) : holder.host === self.host && holder.boot !== self.boot;
    if (!isOver) return { path: lockPath, holder, isCertain: isHere };
    removeTemporary(lockPath);
  }
  return null;
}

/** What a lock says; null where it has gone meanwhile. One that is being written says so much by its name. */
function readHolder(path: string, name: string): Holder | null {
  try {
    const text = readFileSync(path, "utf8");
    if (text.endsWith("\n")) return JSON.parse(text) as Holder;
    const [, pid, startTicks] = /(\d+)-(\d+)\.lock$/.exec(name) ?? [];
    return { ...thisProcess(), pid: Number(pid), startTicks: Number(startTicks) };
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  }
}

const precedes = (a: Holder, b: Holder): boolean =>
  a.startTicks < b.startTicks || (a.startTicks === b.startTicks && a.pid < b.pid);

function thisProcess(): Holder {
  return {
    pid: process.pid,
    startTicks: statusOf(process.pid)?.startTicks ?? 0,
    host: hostname(),
    boot: textOf("/proc/sys/kernel/random/boot_id"),
    processes: linkOf("/proc/self/ns/pid"),
  };
}

/** Whether the process of a lock is there: the same one, not another that has got its number. */
function lives({ pid, startTicks }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process can't be signalled, but exists.
    if (isSystemError(error) && error.code === "ESRCH") return false;
  }
  const status = statusOf(pid);
  if (status === null || startTicks === 0) return true;
  // A zombie is over, though its parent has not collected its exit status yet.
  return status.startTicks === startTicks && status.state !== "Z" && status.state !== "X";
}

/** State of a process, and when it was started, in ticks since the machine was; null where that can't be known. */
function statusOf(pid: number): { readonly state: string; readonly startTicks: number } | null {
  const stat = textOf(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything; behind it come the state and, as the 20th, the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  return state === undefined || fields[19] === undefined ? null : { state, startTicks: Number(fields[19]) };
}

/** What a file of the kernel says; nothing where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
