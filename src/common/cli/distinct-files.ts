import { fstatSync, statSync } from "node:fs";
import { InputError } from "../errors.ts";
import { fileIdentity, realPathOf } from "../files/identity.ts";
import { escapeUnsafe } from "../quote.ts";

/** A file that a command line names, and the option that names it; null for an argument. */
export interface NamedFile {
  readonly option: string | null;
  readonly path: string;
}

/**
 * Checks that no output is the same file as another output or an input.
 * @param outputs files that the command writes
 * @param inputs files that the command reads; standard input (`-`) is not checked
 * @throws {InputError} naming both files
 */
export function checkDistinct(outputs: readonly NamedFile[], inputs: readonly NamedFile[]): void {
  const seen = new Map<string, NamedFile>();
  for (const file of inputs) {
    const identity = identityOf(file.path);
    if (file.path !== "-" && identity !== null) seen.set(identity, file);
  }
  for (const file of outputs) {
    const identity = identityOf(file.path);
    if (file.path === "-" || identity === null) continue;
    const other = seen.get(identity);
    if (other !== undefined) {
      throw new InputError(`${shown(file)}: is the same file as ${shown(other)}, which would be overwritten`);
    }
    seen.set(identity, file);
  }
}

/**
 * Checks that no output is the file, pipe or socket that is standard output, which has other results: `/dev/stdout` is. Devices,
 * such as `/dev/null` and terminals, take both.
 * @throws {InputError} naming the output
 */
export function checkNotStdout(outputs: readonly NamedFile[]): void {
  for (const file of outputs) {
    if (!isStdout(file.path)) continue;
    throw new InputError(`${shown(file)}: is standard output, which has other results; expected a file of its own`);
  }
}

function isStdout(path: string): boolean {
  try {
    const stat = statSync(path);
    return !stat.isCharacterDevice() && fileIdentity(stat) === fileIdentity(fstatSync(1));
  } catch {
    // The file is missing, or can't be reached: opening it then fails with a message.
    return false;
  }
}

const shown = ({ option, path }: NamedFile): string => `${option === null ? "" : `${option} `}${escapeUnsafe(path)}`;

/**
 * The real path of a file; null for a device or a pipe, which no output overwrites, and if the path can't be followed:
 * opening the file then fails with a message.
 */
function identityOf(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isFile()) return null;
  } catch {
    return null;
  }
  return realPathOf(path);
}
