/** What is in a directory for the rows of hosts already, and would be taken for a part of the run that is to be written there. */
import { type Dirent, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isHostFile } from "../../hosts/scenario/host-text.ts";
import { ROW_FORMATS, type RowFormat } from "../../output/row-format.ts";
import type { RowPaths } from "./row-paths.ts";

/**
 * Checks the directory of a host's rows.
 * @throws {InputError} if it has rows of other runs, or a host file in the place of the host's rows
 */
export function refuseOtherRows(paths: RowPaths, format: RowFormat): void {
  if (isHostFile(paths.host)) {
    throw new InputError(
      `-o ${escapeUnsafe(paths.host)}: is a host file, which would be overwritten: give another directory, or --force`,
    );
  }
  refuse(paths.directory, otherRows(paths, format));
}

/**
 * Checks the directory of the folders of several hosts.
 * @param folders those of the hosts
 * @throws {InputError} if it has rows of a host itself, or folders of other hosts
 */
export function refuseOtherHosts(directory: string, folders: readonly string[]): void {
  refuse(directory, otherHosts(directory, folders));
}

/** Rows in a directory that are in none of the folders of the hosts of a run. */
export const otherHosts = (directory: string, folders: readonly string[]): string[] => [
  ...rowsOfHost(directory),
  ...rowsOfHosts(
    directory,
    folders.map((path) => basename(path)),
  ),
];

/** Warns of rows that stay among those of a run. */
export function warnOfOtherRows(others: readonly string[]): void {
  if (others.length > 0) warn(`balloon-sim: warning: ${listed(others)}: not of this run`);
}

function refuse(directory: string, others: readonly string[]): void {
  if (others.length === 0) return;
  throw new InputError(
    `-o ${escapeUnsafe(directory)}: has rows of another run: ${listed(others)}: give another directory, or --force, which leaves them there`,
  );
}

const ROWS = new RegExp(`\\.(?:${ROW_FORMATS.join("|")})$`);

/** Files of other VMs, in other formats, or of several hosts, that would be taken for some of the run with these paths. */
export function otherRows({ directory, host, all, folder, vms }: RowPaths, format: RowFormat): string[] {
  const own = new Set([host, all]);
  const ownVms = new Set(vms.map((path) => basename(path)));
  const ofVms = namesIn(folder).filter((name) => ROWS.test(name) && !ownVms.has(name));
  return [
    ...rowsOfHost(
      directory,
      ROW_FORMATS.filter((other) => other !== format),
    ).filter((path) => !own.has(path)),
    ...ofVms.map((name) => join(folder, name)),
    ...rowsOfHosts(directory, [basename(folder)]),
  ];
}

/** The rows of a host itself in a directory. */
function rowsOfHost(directory: string, formats: readonly RowFormat[] = ROW_FORMATS): string[] {
  const there = new Set(namesIn(directory));
  return formats
    .flatMap((format) => [`host.${format}`, `vms.${format}`])
    .filter((name) => there.has(name))
    .map((name) => join(directory, name))
    .filter((path) => !isHostFile(path));
}

/** The rows of hosts in folders of a directory, without those that are meant. */
const rowsOfHosts = (directory: string, except: readonly string[]): string[] =>
  entriesIn(directory)
    .filter((entry) => entry.isDirectory() && !except.includes(entry.name))
    .flatMap(({ name }) => rowsOfHost(join(directory, name)).slice(0, 1));

const namesIn = (folder: string): string[] => entriesIn(folder).map(({ name }) => name);

function entriesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    // There is none, or writing to it fails with a message.
    return [];
  }
}

/** The first of some paths, and the number of the others. */
function listed(paths: readonly string[]): string {
  const [first = ""] = paths;
  return `${escapeUnsafe(first)}${paths.length === 1 ? "" : ` and ${paths.length - 1} more`}`;
}
