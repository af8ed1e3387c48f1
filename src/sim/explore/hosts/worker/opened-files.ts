/** Files that the reader of a page has opened together: hosts, and what they name. */
import { InputError } from "../../../../common/errors.ts";
import { escapeUnsafe, quote } from "../../../../common/quote.ts";
import type { HostFiles } from "../../../hosts/scenario/document.ts";
import { HOST_FORMAT } from "../../../trace/document.ts";
import { bundledPolicy, openerOf, readerIn } from "../embedded.ts";
import type { EmbeddedTrace, NamedText } from "../protocol.ts";

/** Whether a text is meant as a host: a file of another kind, or without a kind, is not. */
export function isHost(text: string): boolean {
  try {
    return (JSON.parse(text) as { format?: unknown } | null)?.format === HOST_FORMAT;
  } catch {
    return false;
  }
}

/**
 * The files of a host among those that were opened. A browser tells a file's name alone, not its folder: paths in the host are
 * found by their last part.
 * @param opened all files, by their names
 * @param bundled traces of the page, for names that are no files
 */
export function openedFiles(
  opened: ReadonlyMap<string, string>,
  bundled: (name: string) => EmbeddedTrace | undefined,
): HostFiles {
  const paths = new Map<string, string>();
  const find = (path: string): NamedText | null => {
    const name = path.replace(/^.*\//, "");
    const text = opened.get(name);
    if (text === undefined) return null;
    const plain = path.replace(/^(?:\.\/)+/, "");
    const before = paths.get(name) ?? plain;
    paths.set(name, plain);
    if (before === plain) return { name: escapeUnsafe(name), text };
    throw new InputError(
      `${quote(before)} and ${quote(plain)} have the same name, which a page can't tell apart: rename one`,
    );
  };
  const missing = (path: string): InputError =>
    new InputError(`${quote(path)} is not among the opened files: open it together with the host`);
  const beside = (path: string): NamedText => {
    const found = find(path);
    if (found === null) throw missing(path);
    return found;
  };
  return {
    policyNamed: bundledPolicy,
    traces: (name) => {
      const own = find(name);
      if (own !== null) return openerOf(own, beside);
      const embedded = bundled(name);
      if (embedded === undefined) throw missing(name);
      return openerOf(embedded, readerIn(embedded.beside));
    },
    beside,
  };
}
