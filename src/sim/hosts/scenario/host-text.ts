/** The text of a host file, and how such a file is told from a trace. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../../../common/errors.ts";
import { type BegunBytes, beginBytes, continueBytes, openBytes, readWhole } from "../../../common/files/bytes.ts";
import { readTextFile } from "../../../common/files/text-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError } from "../../../common/system-error.ts";
import { findHost } from "../../trace/bundled.ts";
import { STDIN, shownInput } from "../../trace/input.ts";
import { openInput } from "../../trace/input-file.ts";
import type { HostText } from "./document.ts";
import { beginsLikeHost } from "./recognize.ts";

export type { HostText } from "./document.ts";

const WORKING_DIRECTORY = ".";
/** Bytes by which a host file is recognized. */
const HEAD_BYTES = 65_536;

/**
 * Reads a host file: a file, `-` for standard input, or the name of a bundled host if there is no such file. Paths in standard
 * input and in pipes are relative to the working directory.
 * @param shown replaces the name in messages; if it differs, the file is a copy of standard input or of a pipe
 * @throws {InputError} if it can't be read
 */
export function readHostText(nameOrPath: string, shown = nameOrPath): HostText {
  if (nameOrPath === STDIN) return hostOfStdin(textOfStdin());
  const path = findHost(nameOrPath);
  const name = escapeUnsafe(shown);
  const isCopy = shown !== nameOrPath || statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  return { name, folder: isCopy ? WORKING_DIRECTORY : dirname(path), text: readTextFile(path, name) };
}

/** A host file that was read from standard input. */
export const hostOfStdin = (text: string): HostText => ({
  name: shownInput(STDIN),
  folder: WORKING_DIRECTORY,
  text,
});

/** All of standard input. */
export function textOfStdin(): string {
  const input = openInput(STDIN);
  try {
    return input.rest();
  } finally {
    input.close();
  }
}

/**
 * Whether a file, or something bundled, is a host file, as far as its beginning shows; false if it can't be read, or only once:
 * the reader that opens it reports that.
 */
export function isHostFile(nameOrPath: string): boolean {
  try {
    const path = findHost(nameOrPath);
    // What writes into a pipe would lose its reader.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    const bytes = openBytes(path, nameOrPath);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return beginsLikeHost(head.toString("utf8", 0, bytes.read(head, 0)));
    } finally {
      bytes.close();
    }
  } catch (error) {
    if (error instanceof InputError || isSystemError(error)) return false;
    throw error;
  }
}

/**
 * Begins to read standard input or a pipe, to see whether it is a host file.
 * @param path null: standard input
 * @returns the host file; else what was read so far, for a reader of traces
 * @throws {InputError} if it can't be read
 */
export function beginHost(path: string | null): { host: HostText | null; begun: BegunBytes } {
  const name = shownInput(path ?? STDIN);
  const reader = beginBytes(path, name);
  const head = Buffer.alloc(HEAD_BYTES);
  while (reader.position < HEAD_BYTES && reader.read(head, reader.position) > 0);
  const { begun } = reader;
  if (!beginsLikeHost(head.toString("utf8", 0, reader.position))) return { host: null, begun };
  return { host: { name, folder: WORKING_DIRECTORY, text: wholeText(begun, name) }, begun };
}

function wholeText(begun: BegunBytes, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readWhole(continueBytes(begun, name)));
  } catch (error) {
    throw error instanceof TypeError ? new InputError(`${name}: is no text in UTF-8`) : error;
  }
}
