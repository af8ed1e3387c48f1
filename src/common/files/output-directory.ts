import { mkdirSync, rmdirSync } from "node:fs";
import { InputError } from "../errors.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { outputStat } from "./output-file.ts";

/**
 * Whether a path stands for a directory of files: there is one, or the name ends with a slash and nothing is there yet.
 * @throws {InputError} where a name with a slash at its end is that of something else
 */
export function isDirectoryPath(path: string, option: string): boolean {
  const stat = outputStat(path, option);
  if (stat !== undefined && !stat.isDirectory() && path.endsWith("/")) {
    throw new InputError(`${option} ${path}: is no directory`);
  }
  return stat?.isDirectory() ?? path.endsWith("/");
}

/**
 * Makes the directory where it is not there.
 * @returns takes it away again, if this made it and nothing is in it
 * @throws {InputError} where it can't be made
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
      // Something is in it that is not ours.
    }
  };
}
