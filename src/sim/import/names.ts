import { dirname, resolve } from "node:path";
import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";

/** A file's name without the extension, and without the number of a rotated log. */
const stemOf = (file: InputFile): string =>
  file.baseName.replace(/(?:\.(?:log|txt|csv|out|nmon|prom))?(?:\.\d+)?$/i, "") || file.baseName;

/** Folders that tell files of one name apart, as `host1/`. Other files need none. */
const FOLDERS = new WeakMap<InputFile, string>();

/** The machine that only its log's name tells: files of one name in several folders are of several machines. */
export const machineOf = (file: InputFile): string => `${FOLDERS.get(file) ?? ""}${stemOf(file)}`;

/**
 * Gives files of one name in several folders the names of these folders, from where they differ.
 * @throws {InputError} where a file is given twice
 */
export function tellApart(files: readonly InputFile[]): void {
  const byStem = new Map<string, InputFile[]>();
  const paths = new Set<string>();
  for (const file of files) {
    const path = resolve(file.path);
    if (paths.has(path)) throw new InputError(`${escapeUnsafe(file.name)}: is given twice: give each file once`);
    paths.add(path);
    byStem.set(stemOf(file), [...(byStem.get(stemOf(file)) ?? []), file]);
  }
  for (const same of byStem.values()) {
    const folders = same.map((file) => dirname(resolve(file.name)).split("/"));
    const [first] = folders as [string[]];
    const differAt = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
    const shared = differAt === -1 ? Math.min(...folders.map(({ length }) => length)) : differAt;
    same.forEach((file, i) => {
      const own = (folders[i] as string[]).slice(shared);
      if (own.length > 0) FOLDERS.set(file, `${own.join("/")}/`);
    });
  }
}
