/** The text of a host file, and how such a file is told from a trace. */
import { dirname } from "node:path";
import { openBytes } from "../../../common/files/bytes.ts";
import { readTextFile } from "../../../common/files/text-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { findHost } from "../../trace/bundled.ts";
import { HOST_FORMAT } from "../../trace/document.ts";
import { STDIN, shownInput } from "../../trace/input.ts";
import { openInput } from "../../trace/input-file.ts";

/** A host file: plain data, from which a thread can read the host again. */
export interface HostText {
  /** Its name in messages; safe to print. */
  readonly name: string;
  /** The folder to which the paths in it are relative. */
  readonly folder: string;
  readonly text: string;
}

/** Bytes by which a host file is recognized. */
const HEAD_BYTES = 65_536;

/**
 * Reads a host file: a file, `-` for standard input, whose paths are relative to the working directory, or the name of a bundled
 * host if there is no such file.
 * @param shown replaces the name in messages
 * @throws {InputError} if it can't be read
 */
export function readHostText(nameOrPath: string, shown = nameOrPath): HostText {
  if (nameOrPath === STDIN) return { name: shownInput(STDIN), folder: ".", text: textOfStdin() };
  const path = findHost(nameOrPath);
  const name = escapeUnsafe(shown);
  return { name, folder: dirname(path), text: readTextFile(path, name) };
}

function textOfStdin(): string {
  const input = openInput(STDIN);
  try {
    return input.rest();
  } finally {
    input.close();
  }
}

/**
 * Whether the file of a path is a host file, as far as its beginning shows; false if it can't be read, or only once.
 * @param path of the file itself
 */
export function isHostFile(path: string): boolean {
  try {
    const bytes = openBytes(path, path);
    try {
      if (!bytes.isPlain) return false;
      const head = Buffer.alloc(HEAD_BYTES);
      return beginsLikeHost(head.toString("utf8", 0, bytes.read(head, 0)));
    } finally {
      bytes.close();
    }
  } catch {
    // The reader that opens the file reports the error.
    return false;
  }
}

/** Whether a text begins like a host file: an object that says so, or that has `vms` and no other format. */
export function beginsLikeHost(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  const format = /"format"\s*:\s*"([^"]*)"/.exec(text)?.[1];
  return format === undefined ? /"vms"\s*:/.test(text) : format === HOST_FORMAT;
}
