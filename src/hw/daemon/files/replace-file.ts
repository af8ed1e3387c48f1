import { basename, dirname, join } from "node:path";
import type { FilePort, OpenHandle } from "./file-port.ts";

/** How `replaceFile` leaves the new file. */
export interface ReplaceOptions {
  /** Permissions, whatever the umask is. */
  readonly mode: number;
  /** Whether the new text is on the disk before it takes the old one's place: a crash of the machine leaves one of the two. */
  readonly isSynced: boolean;
}

/**
 * Writes a text beside a file and renames it to the file, so that readers find the old text or the new one. The temporary name is
 * used by no other process, so a killed daemon leaves one file behind at most.
 * @throws {Error} of the system call that fails; the file is then as it was
 */
export async function replaceFile(
  files: FilePort,
  path: string,
  text: string,
  { mode, isSynced }: ReplaceOptions,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  try {
    await files.remove(temporary);
    // Never a file that another user has put there.
    await withHandle(files, temporary, "wx", mode, async (handle) => {
      await handle.chmod(mode);
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
      if (isSynced) await handle.sync();
    });
    await files.rename(temporary, path);
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Opens a file, lets `use` work with it, and closes it in any case. */
export async function withHandle(
  files: FilePort,
  path: string,
  flags: number | string,
  mode: number,
  use: (handle: OpenHandle) => Promise<void>,
): Promise<void> {
  const handle = await files.open(path, flags, mode);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
