import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";

/** A path among the package's own traces: beside `src` in a checkout, beside `dist` where it is installed. */
const place = (path: string): string => join(import.meta.dirname, "../../../traces", path);
const EXTENSION = /\.jsonl?$/;

/** Names of the bundled traces, as on a command line: `spike`, `recorded/proc-capture`. */
export function bundledTraces(): string[] {
  const names: string[] = [];
  const collect = (folder: string): void => {
    for (const entry of readdirSync(place(folder), { withFileTypes: true })) {
      if (entry.isDirectory()) collect(`${folder}${entry.name}/`);
      else if (EXTENSION.test(entry.name)) names.push(`${folder}${entry.name.replace(EXTENSION, "")}`);
    }
  };
  if (existsSync(place(""))) collect("");
  return names.sort();
}

/**
 * The file of a trace on the command line: a file of that name, else the bundled trace of that name, with or without
 * the prefix `traces/` and the extension.
 */
export function findTrace(nameOrPath: string): string {
  if (nameOrPath === "") throw new InputError('"": expected a file, or the name of a bundled trace');
  if (isFile(nameOrPath)) return nameOrPath;
  const name = nameOrPath.replace(/^(?:\.\/)?traces\//, "");
  if (/^[\w.-]+(?:\/[\w.-]+)*$/.test(name) && !name.includes("..")) {
    for (const extension of ["", ".json", ".jsonl"]) {
      const path = place(name + extension);
      if (isFile(path)) return path;
    }
  }
  if (exists(nameOrPath)) return nameOrPath;
  const known = bundledTraces();
  const hint = didYouMean(name.replace(EXTENSION, ""), known) || ` (bundled traces: ${known.join(", ")})`;
  throw new InputError(`${escapeUnsafe(nameOrPath)}: no such file, and no bundled trace ${quote(name)}${hint}`);
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    // The reader that opens the file reports errors other than absence.
    const code = (error as NodeJS.ErrnoException).code;
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}

/** Whether a path can be read: a file, a pipe, a terminal. */
function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}
