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

/**
 * The files of an earlier import of a host in a directory that a new one does not replace: the traces that its host file names and
 * that say of themselves that they are of an import of a host, and the host's own figures. Traces that another host file of the
 * directory names stay, as do all files that users have put there.
 * @param names of the files of the new import
 * @returns their paths; to be asked for before the host file is replaced
 */
export function earlierFiles(directory: string, names: ReadonlySet<string>): string[] {
  const listed = tracesIn(join(directory, HOST_FILE)).filter((name) => isOfImport(join(directory, name)));
  if (listed.length === 0) return [];
  const others = new Set(otherHostFiles(directory).flatMap((path) => tracesIn(path)));
  const traces = listed.filter((name) => !others.has(name));
  const measured = hasMeasured(directory) ? [MEASURED_FILE] : [];
  return [...new Set([...traces, ...measured])].filter((name) => !names.has(name)).map((name) => join(directory, name));
}

/** Removes files of an earlier import, and says which. One that can't be removed is told. */
export function removeEarlier(paths: readonly string[]): void {
  const removed: string[] = [];
  for (const path of paths) {
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
  if (removed.length === 0) return;
  const shown = removed.slice(0, MAX_SHOWN).map(escapeUnsafe).join(", ");
  const more = removed.length > MAX_SHOWN ? ` and ${removed.length - MAX_SHOWN} more` : "";
  warn(`balloon-sim: note: removed what the import before wrote and this one does not: ${shown}${more}`);
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
function isOfImport(path: string): boolean {
  if (!isPlain(path)) return false;
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
