import { mkdirSync, rmdirSync } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { outputStat } from "./output-file.ts";

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
 * Creates the directory if it does not exist.
 * @returns a function that removes it again, if this call created it and it is empty
 * @throws {InputError} if it can't be created
 */
export function makeDirectory(path: string, option: string): () => void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EEXIST") return () => {};
    throw new InputError(`${option} ${path}: can't be made: ${systemErrorText(error)}`);
  }
  return () => {
    try {
      rmdirSync(path);
    } catch {
      // The directory holds files of other programs.
    }
  };
}
