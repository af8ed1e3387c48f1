import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import type { LogFile } from "./log-file.ts";

/** A file's name without the extension, and without the number of a rotated log. */
const stemOf = (file: LogFile): string =>
  file.baseName.replace(/(?:\.(?:log|txt|csv|out|nmon|prom))?(?:\.\d+)?$/i, "") || file.baseName;

/** Folders that distinguish files of the same name, such as `host1/`. Other files have none. */
const FOLDERS = new WeakMap<LogFile, string>();

/**
 * The machine of a log that only the file name identifies: files of the same name in several folders are of several
 * machines.
 */
export const machineOf = (file: LogFile): string => `${FOLDERS.get(file) ?? ""}${stemOf(file)}`;

/**
 * Adds the names of the folders to files of the same name, from the point where the folders differ.
 * @throws {InputError} if a file is given twice
 */
export function tellApart(files: readonly LogFile[]): void {
  const byStem = new Map<string, LogFile[]>();
  const paths = new Set<string>();
  for (const file of files) {
    const path = file.fullPath;
    if (paths.has(path)) throw new InputError(`${escapeUnsafe(file.name)}: is given twice: give each file once`);
    paths.add(path);
    byStem.set(stemOf(file), [...(byStem.get(stemOf(file)) ?? []), file]);
  }
  for (const same of byStem.values()) {
    const folders = same.map((file) => file.folders);
    const [first] = folders as [readonly string[]];
    const differAt = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
    const shared = differAt === -1 ? Math.min(...folders.map(({ length }) => length)) : differAt;
    same.forEach((file, i) => {
      const own = (folders[i] as readonly string[]).slice(shared);
      if (own.length > 0) FOLDERS.set(file, `${own.join("/")}/`);
    });
  }
}
