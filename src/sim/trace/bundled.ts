import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { InputError } from "../../common/errors.ts";
import { nearest } from "../../common/nearest.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";

/** A path among the package's own traces: beside `src` in a checkout, beside `dist` where it is installed. */
const place = (path: string): string => join(import.meta.dirname, "../../../traces", path);
const EXTENSION = /\.jsonl?$/;

/** The folder of the bundled hosts, with a folder for the traces of each. */
const HOSTS = "hosts/";

/** Names of the bundled traces, as on a command line: `spike`, `recorded/proc-capture`. Those of hosts' VMs are not listed. */
export function bundledTraces(): string[] {
  const names: string[] = [];
  const collect = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      if (entry.isDirectory() && folder + entry.name !== "hosts") collect(`${folder}${entry.name}/`);
      else if (EXTENSION.test(entry.name)) names.push(`${folder}${entry.name.replace(EXTENSION, "")}`);
    }
  };
  collect("");
  return names.sort();
}

/** Names of the bundled hosts, as on a command line: `hosts/office`. */
export const bundledHosts = (): string[] =>
  entriesOf(HOSTS)
    .filter((entry) => entry.isFile() && EXTENSION.test(entry.name))
    .map(({ name }) => HOSTS + name.replace(EXTENSION, ""))
    .sort();

const entriesOf = (folder: string): Dirent[] =>
  existsSync(place(folder)) ? readdirSync(place(folder), { withFileTypes: true }) : [];

/**
 * The file of a trace on the command line: a file of that name, else the bundled trace of that name, with or without
 * the prefix `traces/` and the extension.
 */
export const findTrace = (nameOrPath: string): string => find(nameOrPath, nameOrPath, ["trace", "host"]);

/** The file of a trace that a host names: a file beside the host's, else the bundled trace of that name. */
export const findTraceBeside = (folder: string, nameOrPath: string): string =>
  find(isAbsolute(nameOrPath) ? nameOrPath : join(folder, nameOrPath), nameOrPath, ["trace"]);

/** The file of a host on the command line, as `findTrace`. */
export const findHost = (nameOrPath: string): string => find(nameOrPath, nameOrPath, ["host"]);

type Kind = "trace" | "host";
const BUNDLED: Readonly<Record<Kind, () => string[]>> = { trace: bundledTraces, host: bundledHosts };

/**
 * @param path the file if there is one
 * @param written the name of the file or of something bundled
 * @param kinds what is expected, and what else the message may suggest: many commands take hosts and traces
 * @throws {InputError} if there is neither
 */
function find(path: string, written: string, kinds: readonly [Kind, ...Kind[]]): string {
  const [kind] = kinds;
  if (written === "") throw new InputError(`"": expected a file, or the name of a bundled ${kind}`);
  if (isFile(path)) return path;
  const name = nameOf(written);
  const file = bundledFile(name);
  if (file !== null) return file;
  if (exists(path)) return path;
  throw new InputError(
    `${escapeUnsafe(path)}: no such file, and no bundled ${kind} ${quote(name)}${hint(name, kinds)}`,
  );
}

/** What was meant by a name, or all that it may be. */
function hint(name: string, kinds: readonly [Kind, ...Kind[]]): string {
  const typed = name.replace(EXTENSION, "");
  for (const kind of kinds) {
    const names = new Map(BUNDLED[kind]().flatMap((known) => [lastPart(known), known].map((word) => [word, known])));
    const near = nearest(typed, names.keys());
    if (near !== null) return `; did you mean ${kind === kinds[0] ? "" : `the ${kind} `}"${names.get(near)}"?`;
  }
  const meant = kinds.includes("host") && typed.startsWith(HOSTS) ? (["host"] as const) : kinds;
  return ` (${meant.map((kind, i) => `${i === 0 ? "bundled " : ""}${kind}s: ${BUNDLED[kind]().join(", ")}`).join("; ")})`;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** What a path may mean among the bundled files. */
const nameOf = (path: string): string => path.replace(/^(?:\.\/)?traces\//, "");

function bundledFile(name: string): string | null {
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(name) || name.includes("..")) return null;
  for (const extension of ["", ".json", ".jsonl"]) {
    const path = place(name + extension);
    if (isFile(path)) return path;
  }
  return null;
}

/**
 * The package's own file that a path with the prefix `traces/` names, as on the command line of another directory than the
 * package's: `traces/hosts/policies/proportional.mjs`. The path itself if it is that of a file, or of nothing in the package.
 */
export function orBundledFile(path: string): string {
  const name = /^(?:\.\/)?traces\/((?:[\w.-]+\/)*[\w.-]+)$/.exec(path)?.[1];
  if (name === undefined || name.includes("..") || exists(path)) return path;
  return isFile(place(name)) ? place(name) : path;
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
