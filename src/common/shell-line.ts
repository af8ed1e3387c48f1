/** Commands as lines that are shown: a shell that gets one as text does what it says. */
import { escapeUnsafe } from "./quote.ts";

/** Arguments that need no quotes in a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Arguments as a line that a shell splits into the same arguments. It is safe to print, and has no line break. */
export const shellLine = (args: readonly string[]): string => args.map(quoted).join(" ");

/** The name of a file as an argument: a leading `-` would make an option of it; `-` alone is standard input. */
export const fileArgument = (name: string): string => (/^-./su.test(name) ? `./${name}` : name);

function quoted(arg: string): string {
  if (PLAIN.test(arg)) return arg;
  // Within '…' a control character has no other notation, and a terminal obeys it when the line is pasted.
  return escapeUnsafe(arg) === arg ? `'${arg.replaceAll("'", "'\\''")}'` : `$'${[...arg].map(ansiCharacter).join("")}'`;
}

/** Characters in `$'…'` with a notation of their own, by code. As texts, bundlers would write them as they are. */
const NAMED: Readonly<Record<number, string>> = {
  9: "\\t",
  10: "\\n",
  13: "\\r",
  27: "\\e",
  39: "\\'",
  92: "\\\\",
};

/** A character in `$'…'`. Unsafe ones are bytes in octal: all shells with `$'…'` know them, in every locale. */
const ansiCharacter = (character: string): string =>
  NAMED[character.codePointAt(0) as number] ??
  (escapeUnsafe(character) === character
    ? character
    : [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""));
