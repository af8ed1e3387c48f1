import { constants, type Stats } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import type { FilePort, OpenHandle } from "./file-port.ts";

/** File mode 0640: the daemon's user reads and writes, its group reads, other users have no access. */
const MODE = 0o640;

/** A file that is open for reading and appending. */
export interface OwnFile {
  readonly handle: OpenHandle;
  readonly stat: Stats;
}

/**
 * Opens a growing file of this user, and creates it if it is missing. The checks keep other users from substituting
 * another file: a symbolic link is not followed, and a file that belongs to another user or has a second name is
 * refused. A device is accepted.
 * @param shown prefix of messages: the option that named the file, and its name
 * @throws {InputError} if it can't be opened, or is refused
 */
export async function openOwnFile(files: FilePort, path: string, shown: string): Promise<OwnFile> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NOCTTY } = constants;
  let handle: OpenHandle;
  try {
    handle = await files.open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY, MODE);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why =
      error.code === "ELOOP" ? "is a symbolic link, which the program does not follow" : systemErrorText(error);
    throw new InputError(`${shown}: can't be written: ${why}`);
  }
  try {
    const stat = await handle.stat();
    const why = objection(stat);
    if (why === null) return { handle, stat };
    throw new InputError(`${shown}: ${why}: name another file`);
  } catch (error) {
    await handle.close().catch(() => {});
    if (!isSystemError(error)) throw error;
    throw new InputError(`${shown}: can't be examined: ${systemErrorText(error)}`);
  }
}

function objection(stat: Stats): string | null {
  if (stat.isCharacterDevice()) return null;
  if (!stat.isFile()) return "is no file";
  if (stat.uid !== process.geteuid?.()) return "belongs to another user";
  return stat.nlink > 1 ? "has a second name" : null;
}
