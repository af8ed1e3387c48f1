import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isSystemError } from "../system-error.ts";
import { sha256 } from "./hash.ts";

/** Files and directories that must not outlive this process. */
const paths = new Set<string>();

/** What else has to be undone before a signal ends this process. */
const undoings = new Set<() => Promise<void>>();

/** Whether the signals have handlers. */
let isListening = false;

/** Longest time that a signal waits for those, in milliseconds. */
const UNDO_MS = 3000;

/** Exit code of a process that a signal ended, as shells count it: 128 and the signal's number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Makes sure that a file or directory is removed when the process ends, by a signal too, unless it is released before. To
 * be called before it is created: a signal may come at any time.
 */
export function trackTemporary(path: string): void {
  listen();
  paths.add(path);
}

/** The path is no longer temporary. */
export function releaseTemporary(path: string): void {
  paths.delete(path);
  if (isIdle()) unlisten();
}

/**
 * Makes sure that a signal which ends the process waits until something outside this machine is undone, at most a few
 * seconds; a second signal ends the process at once.
 * @param undo may fail: the process ends all the same
 * @returns a function by which the signal no longer waits
 */
export function undoAtSignal(undo: () => Promise<void>): () => void {
  listen();
  undoings.add(undo);
  return () => {
    undoings.delete(undo);
    if (isIdle()) unlisten();
  };
}

const isIdle = (): boolean => paths.size === 0 && undoings.size === 0;

/**
 * A name for what takes the place of a file or directory once it is whole, beside it: `.NAME.PID-TIME-PLACE.tmp`. It is
 * another one each time, because in a container the process that was killed and has left one behind had this one's number,
 * most likely. What killed processes have left in the folder is removed.
 */
export function temporaryBeside(path: string): string {
  const folder = dirname(path);
  if (!swept.has(folder)) sweep(folder);
  swept.add(folder);
  return join(folder, `.${basename(path)}.${process.pid}-${Date.now().toString(36)}-${place()}.tmp`);
}

/** Folders that have been looked through. */
const swept = new Set<string>();

const TEMPORARY_NAME = /^\..+\.(\d+)-[0-9a-z]+-([0-9a-f]{8})\.tmp$/s;

let knownPlace: string | undefined;

/** Stands for what process numbers are counted in: a folder may be shared with other machines and containers. */
function place(): string {
  knownPlace ??= sha256(`${hostname()} ${processNamespace()}`).slice(0, 8);
  return knownPlace;
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/**
 * Removes files, and directories that hold nothing but files, that a process of ours left in a folder when it was killed. A
 * folder that can't be read, or a file that can't be removed, is left alone.
 */
function sweep(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, pid, where] = TEMPORARY_NAME.exec(name) ?? [];
    if (pid === undefined || where !== place() || isAlive(Number(pid))) continue;
    const path = join(folder, name);
    try {
      const stat = lstatSync(path);
      if (stat.uid !== process.geteuid?.()) continue;
      if (stat.isFile() || (stat.isDirectory() && holdsFilesOnly(path))) rmSync(path, REMOVE);
    } catch {
      // Another process removed the file first, or its permissions forbid the removal.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const holdsFilesOnly = (path: string): boolean =>
  readdirSync(path, { withFileTypes: true }).every((entry) => entry.isFile());

/** Whether a process has this number. EPERM means that it has: another user's process may not be signalled. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(isSystemError(error) && error.code === "ESRCH");
  }
}

/** A new directory that is removed when the process ends. */
export function temporaryDirectory(): string {
  const path = join(tmpdir(), `balloon-sim-${crypto.randomUUID()}`);
  trackTemporary(path);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

/** A worker may still write into a directory that is being removed. */
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 } as const;

/** Removes a temporary file or directory now. */
export function removeTemporary(path: string): void {
  rmSync(path, REMOVE);
  releaseTemporary(path);
}

function removeAll(): void {
  for (const path of paths) {
    try {
      rmSync(path, REMOVE);
    } catch {
      // The process ends either way, and has said why.
    }
  }
}

/** Cleans up and then lets the signal do what it would have done, so that a shell sees a command that was interrupted. */
function onSignal(signal: NodeJS.Signals): void {
  removeAll();
  if (undoings.size === 0) return end(signal);
  // The next signal finds nothing left to wait for.
  const all = [...undoings].map((undo) => undo());
  undoings.clear();
  const limit = new Promise((resolve) => setTimeout(resolve, UNDO_MS));
  void Promise.race([Promise.allSettled(all), limit]).then(() => end(signal));
}

function end(signal: NodeJS.Signals): void {
  unlisten();
  process.kill(process.pid, signal);
  // Init of a container is not killed by its own signals.
  setTimeout(() => process.exit(SIGNALS[signal as keyof typeof SIGNALS]), 100);
}

// While there is nothing to remove the process has no handlers: a signal then ends it at once, in a long computation, too.
function listen(): void {
  if (isListening) return;
  isListening = true;
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  process.on("exit", removeAll);
}

function unlisten(): void {
  isListening = false;
  for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
  process.off("exit", removeAll);
}
