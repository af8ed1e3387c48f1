import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isSystemError } from "../system-error.ts";

/** Files and directories to remove when this process ends. */
const paths = new Set<string>();

/** A clean-up outside this machine before a signal ends this process. */
interface Cleanup {
  readonly clean: () => Promise<void>;
  /** Reports what is left, if the process does not wait for the end of `clean`. */
  readonly giveUp: () => void;
}

const cleanups = new Set<Cleanup>();

/** Time of the signal whose clean-up is in progress, in milliseconds; null: none is. */
let signalMs: number | null = null;

/**
 * Time within which a repeated signal is part of the first one, in milliseconds: `timeout` and terminals may send a signal both
 * to a process and to its group.
 */
export const SAME_SIGNAL_MS = 300;

/** Whether the signals have handlers. */
let isListening = false;

/** Longest time that a signal waits for those, in milliseconds. */
const CLEANUP_MS = 3000;

/** Exit code of a process that a signal ended, as shells count it: 128 plus the signal's number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Makes sure that a file or directory is removed when the process ends, also by a signal, unless it is released before.
 * Call it before creating the file: a signal may come at any time.
 */
export function trackTemporary(path: string): void {
  listen();
  paths.add(path);
}

/** Stops tracking a path: it is no longer temporary. */
export function releaseTemporary(path: string): void {
  paths.delete(path);
  if (isIdle()) unlisten();
}

/**
 * Makes sure that a signal which ends the process waits for a clean-up outside this machine, at most a few seconds; a second
 * signal ends the process at once.
 * @param clean may fail: the process ends all the same
 * @param giveUp called at the second signal
 * @returns a function by which the signal no longer waits
 */
export function cleanUpAtSignal(clean: () => Promise<void>, giveUp: () => void): () => void {
  const cleanup: Cleanup = { clean, giveUp };
  listen();
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    // During the clean-up, `end` removes the handlers.
    if (signalMs !== null) return;
    if (isIdle()) unlisten();
  };
}

/** Whether a command handles the signals itself. */
let areSignalsTaken = false;

/**
 * Leaves the signals to the caller, which has handlers of its own and ends the process normally.
 * @returns a function after which signals end the process again
 */
export function takeSignals(): () => void {
  areSignalsTaken = true;
  return () => {
    areSignalsTaken = false;
  };
}

const isIdle = (): boolean => paths.size === 0 && cleanups.size === 0;

/**
 * A temporary name beside a file or directory, which is renamed to the final name when it is complete:
 * `.NAME.PID-TIME-PLACE.tmp`. It contains the time, because in a container a later process often has the process number
 * of a killed one. The call also removes the files that killed processes have left in the folder.
 */
export function temporaryBeside(path: string): string {
  const folder = dirname(path);
  if (!swept.has(folder)) sweep(folder);
  swept.add(folder);
  return join(folder, `.${basename(path)}.${process.pid}-${Date.now().toString(36)}-${place()}.tmp`);
}

/** Folders from which left files were removed. */
const swept = new Set<string>();

const TEMPORARY_NAME = /^\..+\.(\d+)-[0-9a-z]+-([0-9a-f]{8})\.tmp$/s;

let knownPlace: string | undefined;

/**
 * A hash of the host and the process namespace, in which process numbers are unique: machines and containers may share
 * a folder.
 */
function place(): string {
  knownPlace ??= shortHash(`${hostname()} ${processNamespace()}`);
  return knownPlace;
}

/** FNV-1a of a text, in 8 hexadecimal digits. For SHA-256, each run with an output file would load `node:crypto`. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/**
 * Removes temporary files, and directories that hold only files, that a killed process of this program left in a
 * folder. Ignores a folder that can't be read, and files that can't be removed.
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

/** Whether a process with this number exists. EPERM means that it does, and belongs to another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(isSystemError(error) && error.code === "ESRCH");
  }
}

/** Creates a directory that is removed when the process ends. Removes those that killed processes have left. */
export function temporaryDirectory(): string {
  const path = temporaryBeside(join(tmpdir(), `balloon-sim-${crypto.randomUUID()}`));
  trackTemporary(path);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

/** Retries, because a worker may still write into the directory. */
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 } as const;

/** Removes a temporary file or directory. */
export function removeTemporary(path: string): void {
  rmSync(path, REMOVE);
  releaseTemporary(path);
}

function removeAll(): void {
  for (const path of paths) {
    try {
      rmSync(path, REMOVE);
    } catch {
      // The process ends in any case, and has printed its error.
    }
  }
}

/** Cleans up and then repeats the signal with its default action, so that a shell sees an interrupted command. */
function onSignal(signal: NodeJS.Signals): void {
  if (areSignalsTaken) return;
  const nowMs = performance.now();
  if (signalMs !== null) {
    if (nowMs - signalMs < SAME_SIGNAL_MS) return;
    for (const { giveUp } of cleanups) giveUp();
    return end(signal);
  }
  removeAll();
  if (cleanups.size === 0) return end(signal);
  signalMs = nowMs;
  // What was made last first: a directory in another one.
  const all = [...cleanups].reverse().map(({ clean }) => clean());
  const limit = new Promise((resolve) => setTimeout(resolve, CLEANUP_MS));
  void Promise.race([Promise.allSettled(all), limit]).then(() => end(signal));
}

function end(signal: NodeJS.Signals): void {
  unlisten();
  process.kill(process.pid, signal);
  // The default action of a signal does not end the init process of a container.
  setTimeout(() => process.exit(SIGNALS[signal as keyof typeof SIGNALS]), 100);
}

// Without temporary files the process has no handlers: a signal then ends it at once, also in a long computation.
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
