import { statSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { findTraceBeside } from "../../trace/bundled.ts";
import { openEdited } from "../../trace/open.ts";
import type { TraceFinder } from "./traces.ts";

/** Traces in files: paths relative to a folder, else bundled traces of that name. */
export const tracesBeside =
  (folder: string): TraceFinder =>
  (nameOrPath) => {
    const path = traceFileBeside(folder, nameOrPath);
    return (edits, sink) => openEdited(path, edits, sink);
  };

/**
 * The file of a trace that a host in a folder names.
 * @throws {InputError} if there is none, or it is a pipe
 */
export function traceFileBeside(folder: string, nameOrPath: string): string {
  const path = findTraceBeside(folder, nameOrPath);
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) {
    throw new InputError(`${quote(path)} is a pipe, expected a file: the trace of a VM is read more than once`);
  }
  return path;
}
