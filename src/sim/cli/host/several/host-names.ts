/** The hosts that a command line names. */
import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../../../../common/errors.ts";
import { escapeUnsafe } from "../../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../../common/system-error.ts";
import { isHostFile } from "../../../hosts/scenario/host-text.ts";
import { findHost } from "../../../trace/bundled.ts";
import { STDIN } from "../../../trace/input.ts";
import { HOST_FILE } from "../../import-outputs.ts";

/** The hosts of a command line. */
export interface HostNames {
  /** Files, names of bundled hosts, or `-`, in the order given. */
  readonly names: readonly string[];
  /** Whether the command is about several: there are some, or a directory, of which the user need not know how many it has. */
  readonly areSeveral: boolean;
}

/**
 * The hosts that arguments name; a directory stands for the host files in it, and in its folders for those with the name under which
 * `import --host` writes them. A file of that name is meant as a host, also if it is broken: its reader reports that.
 * @throws {InputError} if a directory can't be read, or has none
 */
export function hostNames(args: readonly string[]): HostNames {
  let areSeveral = args.length > 1;
  const names = args.flatMap((arg) => {
    const directory = directoryOf(arg);
    if (directory === null) return [arg];
    areSeveral = true;
    return hostsIn(directory);
  });
  return { names, areSeveral };
}

/** The path of a directory that an argument names; null: it names none. */
function directoryOf(arg: string): string | null {
  if (arg === STDIN) return null;
  try {
    const path = findHost(arg);
    return statSync(path).isDirectory() ? path : null;
  } catch (error) {
    // Reading the host fails with a message.
    if (error instanceof InputError || isSystemError(error)) return null;
    throw error;
  }
}

function hostsIn(directory: string): string[] {
  const paths = entriesOf(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    return isDirectory(path) ? [join(path, HOST_FILE)] : entry.name.endsWith(".json") ? [path] : [];
  });
  const hosts = paths.filter((path) => (basename(path) === HOST_FILE ? existsSync(path) : isHostFile(path)));
  if (hosts.length > 0) return hosts;
  throw new InputError(
    `${escapeUnsafe(directory)}: this directory has no host files (docs/hosts.md), and none named ${HOST_FILE} in its folders`,
  );
}

function entriesOf(directory: string): Dirent[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw isSystemError(error) ? new InputError(`${escapeUnsafe(directory)}: ${systemErrorText(error)}`) : error;
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
