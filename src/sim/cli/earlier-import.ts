/** What an import of a host into a directory leaves there of an earlier one: VMs that the host no longer has. */
import { lstatSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { parseJson } from "../../common/json.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { isHostFile } from "../hosts/scenario/host-text.ts";
import { openTrace } from "../trace/open.ts";
import { HOST_FILE, MEASURED_FILE } from "./import-outputs.ts";

/** Files that a message names. */
const MAX_SHOWN = 6;
const TRACE_ENDING = ".jsonl";
/** The beginning of the host's own figures. */
const MEASURED_BEGINNING = "time_s,";

/** Files of an earlier import of a host that a new one does not replace. */
export interface EarlierFiles {
  /** Those that it wrote: traces that its host file names and that say so of themselves, and the host's own figures. */
  readonly written: readonly string[];
  /** Traces that its host file names and that users have put there, or that another host file of the directory names, too. */
  readonly others: readonly string[];
}

/**
 * Looks for files of an earlier import in a directory; to be called before its host file is replaced.
 * @param names of the files of the new import
 */
export function earlierFiles(directory: string, names: ReadonlySet<string>): EarlierFiles {
  const listed = [...new Set(tracesIn(join(directory, HOST_FILE)))].filter((name) => isPlain(join(directory, name)));
  const elsewhere = new Set(otherHostFiles(directory).flatMap((path) => tracesIn(path)));
  const isOfImport = new Map(listed.map((name) => [name, isOfHostImport(join(directory, name))]));
  const isWritten = (name: string): boolean => isOfImport.get(name) === true && !elsewhere.has(name);
  const measured = hasMeasured(directory) && listed.some((name) => isOfImport.get(name)) ? [MEASURED_FILE] : [];
  const left = (some: readonly string[]): string[] =>
    some.filter((name) => !names.has(name)).map((name) => join(directory, name));
  return {
    written: left([...listed.filter(isWritten), ...measured]),
    others: left(listed.filter((name) => !isWritten(name))),
  };
}

/** Removes what an earlier import wrote, and says so, and what stays. */
export function removeEarlier({ written, others }: EarlierFiles): void {
  const removed: string[] = [];
  for (const path of written) {
    try {
      unlinkSync(path);
      removed.push(path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      warn(
        `balloon-sim: warning: ${escapeUnsafe(path)}: is of the import before, and can't be removed: ${systemErrorText(error)}`,
      );
    }
  }
  tell("removed what the import before wrote and this one does not", removed);
  tell("no import of this host wrote these, or another host file names them, so they stay", others);
}

function tell(what: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const shown = paths.slice(0, MAX_SHOWN).map(escapeUnsafe).join(", ");
  const more = paths.length > MAX_SHOWN ? ` and ${paths.length - MAX_SHOWN} more` : "";
  warn(`balloon-sim: note: ${what}: ${shown}${more}`);
}

/** The traces beside a host file that it names, by the names of their files; none if it can't be read. */
function tracesIn(hostFile: string): string[] {
  if (!isHostFile(hostFile)) return [];
  const parsed = parseJson(readFileSync(hostFile, "utf8"));
  const vms: unknown = parsed.ok ? (parsed.value as { readonly vms?: unknown }).vms : undefined;
  if (!Array.isArray(vms)) return [];
  return vms.flatMap((vm: { readonly trace?: unknown } | null) => {
    const trace = typeof vm?.trace === "string" ? vm.trace.replace(/^(?:\.\/)+/, "") : "";
    return trace.endsWith(TRACE_ENDING) && trace === basename(trace) ? [trace] : [];
  });
}

const otherHostFiles = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".json") && name !== HOST_FILE)
    .map((name) => join(directory, name));

/** Whether a file is a trace that an import of a host has written. */
function isOfHostImport(path: string): boolean {
  try {
    const source = openTrace(path, path);
    source.close();
    const { importer } = source.trace.origin;
    return importer?.name === "balloon-sim" && importer.options.host === true;
  } catch (error) {
    // Something else, which stays.
    if (error instanceof InputError || isSystemError(error)) return false;
    throw error;
  }
}

function hasMeasured(directory: string): boolean {
  const path = join(directory, MEASURED_FILE);
  return isPlain(path) && readFileSync(path, "utf8").startsWith(MEASURED_BEGINNING);
}

/** Whether there is a file of this name, and no link to one: an import writes none. */
const isPlain = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
