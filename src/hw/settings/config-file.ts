import { dirname, resolve } from "node:path";
import { stripComments } from "jsonc-parser";
import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { formatPath, lineAndColumn, locate, parseJson } from "../../common/json.ts";
import { didYouMean } from "../../common/nearest.ts";
import { describe, escapeUnsafe, quote } from "../../common/quote.ts";

/** Options that name files: in a configuration file their paths are relative to that file. */
const PATHS: ReadonlySet<string> = new Set(["rates", "record", "cycles", "metrics-file", "socket", "state"]);

/**
 * Reads a configuration file: a JSON object whose members have the names of options; comments as in C are allowed.
 * @param names valid names
 * @param readOption converts a value to the option's value, or throws an `InputError` without a place
 * @throws {InputError} naming the file with line and column, and the error
 */
export function readConfigFile(
  file: string,
  names: readonly string[],
  readOption: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  const shownFile = escapeUnsafe(file);
  const text = withoutComments(readTextFile(file, `--config ${shownFile}`));
  const place = (offset: number) => {
    const { line, column } = lineAndColumn(text, offset);
    return `${shownFile}:${line}:${column}`;
  };
  const placeOf = (name: string, at: "key" | "value") => place(locate(text, [{ path: [name], at }])[0] ?? 0);

  const parsed = parseJson(text);
  if (!parsed.ok) throw new InputError(`${place(parsed.fault.offset)}: ${parsed.fault.message}`);
  const { value: root } = parsed;
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    throw new InputError(`${shownFile}: expected an object such as {"floor": "512MiB"}, found ${describe(root)}`);
  }
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(root)) {
    if (!names.includes(name)) {
      throw new InputError(`${placeOf(name, "key")}: unknown setting ${quote(name)}${didYouMean(name, names)}`);
    }
    try {
      const known = readOption(name, value);
      read[name] = PATHS.has(name) ? resolve(dirname(file), known as string) : known;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`${placeOf(name, "value")}: ${formatPath([name])}: ${error.message}`);
    }
  }
  return read;
}

/** The text with blanks instead of its comments, so that all offsets stay the same. */
function withoutComments(text: string): string {
  return stripComments(text, " ");
}
