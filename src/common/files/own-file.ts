import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";

/** File mode 0640: the daemon's user reads and writes, its group reads, other users have no access. */
const MODE = 0o640;

/** A file that is open for reading and for writing to its end. */
export interface OpenFile {
  readonly fd: number;
  readonly stat: Stats;
}

/**
 * Opens a file of this user's that grows, and creates it where it is missing, so that nothing else can be put in its place: a
 * symbolic link is not followed, and a file that belongs to another user or has a second name is left alone. A device may be
 * written to as well.
 * @param shown what stands in front of a message: the option that named the file, and its name
 * @throws {InputError} if it can't be opened, or is something else
 */
export function openOwnFile(path: string, shown: string): OpenFile {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NOCTTY } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY, MODE);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = error.code === "ELOOP" ? "is a symbolic link, which is not followed" : systemErrorText(error);
    throw new InputError(`${shown}: can't be written: ${why}`);
  }
  const stat = fstatSync(fd);
  const why = objection(stat);
  if (why === null) return { fd, stat };
  closeSync(fd);
  throw new InputError(`${shown}: ${why}: name another file`);
}

function objection(stat: Stats): string | null {
  if (stat.isCharacterDevice()) return null;
  if (!stat.isFile()) return "is no file";
  if (stat.uid !== process.geteuid?.()) return "belongs to another user";
  return stat.nlink > 1 ? "has a second name" : null;
}
