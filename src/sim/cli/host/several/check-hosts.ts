/** Reads several hosts before the first of them runs, so that no error of a file costs the time of the runs before it. */
import { join } from "node:path";
import { checkDistinct, type NamedFile } from "../../../../common/cli/distinct-files.ts";
import { InputError } from "../../../../common/errors.ts";
import { endOwnPolicies } from "../../../hosts/own-policy/load.ts";
import { type HostText, readHostText } from "../../../hosts/scenario/host-text.ts";
import { scenarioOf } from "../../../hosts/scenario/read.ts";
import { safeNames } from "../../../import/safe-names.ts";
import { runLabels, traceColumn } from "../../../output/run-labels.ts";
import { STDIN } from "../../../trace/input.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "../../bad-traces.ts";
import { changedHost, type GivenChanges, type HostOptions } from "../host-options.ts";
import { hostFiles, optionInputs, rowOutputs } from "../parts.ts";
import { runsFor } from "../row-files.ts";
import { type RowsSubject, rowPaths } from "../row-paths.ts";

/** A host that can be run, without what can be read again. */
export interface CheckedHost {
  /** As given on the command line. */
  readonly file: string;
  /** Differs from those of all others: for columns, and for tables. */
  readonly column: string;
  readonly label: string;
  readonly source: HostText;
  /** Length of the run in the file. */
  readonly durationUs: number;
  /** The directory of its rows, and what these depend on; null: none are written. */
  readonly rows: { readonly directory: string; readonly subject: RowsSubject } | null;
}

type ReadHost = Pick<CheckedHost, "file" | "source" | "durationUs"> & {
  readonly name: string;
  readonly inputs: readonly NamedFile[];
  readonly subject: RowsSubject;
};

/** Longest name of the folder of a host. */
const MAX_FOLDER = 100;

/**
 * Reads all hosts. A line on standard error tells of each one that can't be run.
 * @throws {InputError} if one can't, or an output would take the place of an input
 */
export function checkHosts(names: readonly string[], changes: GivenChanges, options: HostOptions): CheckedHost[] {
  if (names.filter((name) => name === STDIN).length > 1)
    throw new InputError("host: standard input (-) can be read only once");
  const read = readAll(names, changes, options);
  const labels = runLabels(read.map(({ file, name }) => ({ trace: file, name })));
  const columns = traceColumn(names);
  const folders = safeNames(labels, MAX_FOLDER);
  const { output, format = "csv" } = options;
  const hosts = read.map(({ file, source, durationUs, subject }, i): CheckedHost => {
    const rows = output === undefined ? null : { directory: join(output, folders[i] as string), subject };
    return { file, source, durationUs, column: columns[i] as string, label: labels[i] as string, rows };
  });
  const outputs = hosts.flatMap(({ rows }) =>
    rows === null ? [] : rowOutputs(rowPaths(rows.subject, rows.directory, format)),
  );
  checkDistinct(outputs, [...read.flatMap(({ inputs }) => inputs), ...optionInputs(options)]);
  return hosts;
}

function readAll(names: readonly string[], changes: GivenChanges, options: HostOptions): ReadHost[] {
  const hosts: ReadHost[] = [];
  const bad: FailedTrace[] = [];
  for (const file of names) {
    try {
      hosts.push(readOne(file, changes, options));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      bad.push({ trace: file, error });
    } finally {
      endOwnPolicies();
    }
  }
  if (bad.length === 0) return hosts;
  for (const host of bad) warnOfTrace(host);
  throw badTraces(bad, names.length, "none was run", "hosts");
}

function readOne(file: string, changes: GivenChanges, { output, until }: HostOptions): ReadHost {
  const source = readHostText(file);
  const scenario = scenarioOf(changedHost(source, changes));
  const { name, durationUs } = scenario;
  const needsVms = output !== undefined;
  return {
    file,
    source,
    name,
    durationUs,
    inputs: needsVms ? hostFiles(file, scenario, source.folder) : [],
    subject: {
      vms: needsVms ? scenario.vms.map(({ name: vm, driver }) => ({ name: vm, driver })) : [],
      durationUs: runsFor(scenario, until),
    },
  };
}
