import { dirname, join } from "node:path";
import { DEFAULT_SOCKET } from "../settings/choices.ts";
import type { MachineFiles } from "./files.ts";

/** Path of the lock of a machine's one daemon; independent of `--socket`. */
export const LOCK_PATH = join(dirname(DEFAULT_SOCKET), "lock");

/**
 * The process that holds the lock on a file. Does not try to lock the file: that could make a daemon fail that starts
 * at the same time. Null: no process holds it, or the file does not exist.
 */
export function lockHolder(files: MachineFiles, path = LOCK_PATH): number | null {
  const inode = files.inode(path);
  if (inode === null) return null;
  // "1: FLOCK  ADVISORY  WRITE 4711 00:19:1234 0 EOF", the device in hexadecimal (Documentation/filesystems/proc.rst)
  for (const line of (files.read("proc/locks") ?? "").split("\n")) {
    const [, kind, , mode, pid, place] = line.trim().split(/\s+/);
    if (kind === "FLOCK" && mode === "WRITE" && place === inode) return Number(pid);
  }
  return null;
}
