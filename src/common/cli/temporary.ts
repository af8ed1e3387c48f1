import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Files and directories that must not outlive this process. */
const paths = new Set<string>();

/** Exit code of a process that a signal ended, as shells count it: 128 and the signal's number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Makes sure that a file or directory is removed when the process ends, by a signal too, unless it is released before. To
 * be called before it is created: a signal may come at any time.
 */
export function trackTemporary(path: string): void {
  if (paths.size === 0) listen();
  paths.add(path);
}

/** The path is no longer temporary. */
export function releaseTemporary(path: string): void {
  paths.delete(path);
  if (paths.size === 0) unlisten();
}

/**
 * A name for what takes the place of a file or directory once it is whole, beside it: another one each time, because in a
 * container the process that was killed and has left one behind had this one's number, most likely.
 */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${Date.now().toString(36)}.tmp`);

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
  unlisten();
  process.kill(process.pid, signal);
  // Init of a container is not killed by its own signals.
  setTimeout(() => process.exit(SIGNALS[signal as keyof typeof SIGNALS]), 100);
}

// While nothing has to be cleaned up nobody listens, and a signal ends the process at once whatever it is busy with.
function listen(): void {
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  process.on("exit", removeAll);
}

function unlisten(): void {
  for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
  process.off("exit", removeAll);
}
