import { mkdirSync, rmdirSync } from "node:fs";
import { InputError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { outputStat } from "./output-file.ts";
import { cleanUpAtSignal } from "./temporary.ts";

/**
 * Whether a path names a directory for output files: an existing directory, or a name that ends with a slash and does
 * not exist.
 * @throws {InputError} if a name that ends with a slash exists and is no directory
 */
export function isDirectoryPath(path: string, option: string): boolean {
  const stat = outputStat(path, option);
  if (stat !== undefined && !stat.isDirectory() && path.endsWith("/")) {
    throw new InputError(`${option} ${path}: is no directory`);
  }
  return stat?.isDirectory() ?? path.endsWith("/");
}

/**
 * @param use what the directory is for, in the message
 * @throws {InputError} if a path is that of something else than a directory
 */
export function expectDirectory(path: string, option: string, use: string): void {
  const stat = outputStat(path, option);
  if (stat === undefined || stat.isDirectory()) return;
  throw new InputError(`${option} ${escapeUnsafe(path)}: is no directory, expected one for ${use}`);
}

/**
 * Creates the directory if it does not exist. A signal that ends the process removes it again if it is empty.
 * @returns a function after which signals leave it, to be called in any case: it removes the directory again, if this call created it
 * and it is empty
 * @throws {InputError} if it can't be created
 */
export function makeDirectory(path: string, option: string): () => void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EEXIST") return () => {};
    throw new InputError(`${option} ${escapeUnsafe(path)}: can't be made: ${systemErrorText(error)}`);
  }
  const remove = (): void => {
    try {
      rmdirSync(path);
    } catch {
      // The directory holds files: those of the command, or of other programs.
    }
  };
  const forget = cleanUpAtSignal(
    async () => remove(),
    () => {},
  );
  return () => {
    forget();
    remove();
  };
}
