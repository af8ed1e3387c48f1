import type { Stats } from "node:fs";
import { lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { isSystemError } from "../../../common/system-error.ts";

/** A file that is open. */
export interface OpenHandle {
  stat(): Promise<Stats>;
  chmod(mode: number): Promise<void>;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Buffer, offset: number): Promise<{ readonly bytesWritten: number }>;
  truncate(bytes: number): Promise<void>;
  /** What was written is on the disk when it settles; of a directory the names in it. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What the daemon does with files. No call holds the event loop up; one whose file system hangs does not settle. */
export interface FilePort {
  open(path: string, flags: number | string, mode: number): Promise<OpenHandle>;
  /** What has this name, a symbolic link included; null: nothing. */
  look(path: string): Promise<Stats | null>;
  /** Makes a directory, and those above it, where they are missing. */
  makeDirectory(path: string, mode: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file if it exists. */
  remove(path: string): Promise<void>;
}

/** The files of this machine. Each call waits on one of libuv's four threads. */
export const MACHINE_FILES: FilePort = {
  open,
  look: async (path) => {
    try {
      return await lstat(path);
    } catch (error) {
      if (isSystemError(error) && error.code === "ENOENT") return null;
      throw error;
    }
  },
  makeDirectory: async (path, mode) => {
    await mkdir(path, { recursive: true, mode });
  },
  rename,
  remove: (path) => rm(path, { force: true }),
};
