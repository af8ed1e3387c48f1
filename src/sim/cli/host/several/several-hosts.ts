import { STDOUT, warn } from "../../../../common/cli/output.ts";
import { FileSink } from "../../../../common/cli/text-sink.ts";
import { InputError } from "../../../../common/errors.ts";
import { expectDirectory, makeDirectory } from "../../../../common/files/output-directory.ts";
import { escapeUnsafe } from "../../../../common/quote.ts";
import { badTraces, warnOfTrace } from "../../bad-traces.ts";
import { terminalWidth } from "../../table.ts";
import { givenChanges, type HostOptions, untilRemark } from "../host-options.ts";
import { otherHosts, refuseOtherHosts, warnOfOtherRows } from "../other-rows.ts";
import { rowsOptions } from "../parts.ts";
import { RowFiles } from "../row-files.ts";
import { checkHosts } from "./check-hosts.ts";
import { writerOf } from "./hosts-output.ts";
import { type HostToRun, runHosts } from "./run-hosts.ts";

/**
 * Executes `balloon-sim host` for several hosts. Each is checked before the first one runs; those that fail then are named, and the
 * others run.
 */
export async function severalHosts(names: readonly string[], options: HostOptions): Promise<void> {
  checkSeveral(options);
  const changes = givenChanges(options);
  const { output, worlds = null, until, format = "table" } = options;
  if (output !== undefined) expectDirectory(output, "-o", "the files of the hosts");
  const checked = checkHosts(names, changes, options);
  const folders = checked.flatMap(({ rows }) => (rows === null ? [] : [rows.directory]));
  if (output !== undefined && !options.force) refuseOtherHosts(output, folders);
  const unmake = output === undefined ? () => {} : makeDirectory(output, "-o");
  const hosts: HostToRun[] = [];
  try {
    for (const host of checked) {
      const { rows } = host;
      const files = rows === null ? null : new RowFiles(rows.subject, rows.directory, rowsOptions(options));
      hosts.push({ host, files });
    }
    for (const { label, durationUs } of checked) {
      const remark = untilRemark(until, durationUs);
      if (remark !== null) warn(`balloon-sim: warning: ${escapeUnsafe(label)}: ${remark}`);
    }
    const writer = options.summary || output === undefined ? writerOf(format, worlds, terminalWidth()) : null;
    const sink = new FileSink(STDOUT);
    const failed = await runHosts(hosts, changes, options, async (host) => {
      sink.write(writer?.add(host) ?? "");
      await sink.flush();
    });
    for (const host of failed) warnOfTrace(host);
    if (failed.length < hosts.length) sink.write(writer?.end() ?? "");
    await sink.flush();
    if (output !== undefined) warnOfOtherRows(otherHosts(output, folders));
    if (output !== undefined && (worlds ?? 1) > 1)
      warn(`balloon-sim: rows are of world 1 of ${worlds}, the files as written`);
    if (failed.length > 0) {
      const rest = failed.length === hosts.length ? "nothing is left" : "they are missing in the results of the others";
      throw badTraces(failed, hosts.length, rest, "hosts");
    }
  } finally {
    for (const { files } of hosts) files?.discard();
    unmake();
  }
}

/** @throws {InputError} for an option that is for one host */
function checkSeveral({ plot, against }: HostOptions): void {
  const option = plot !== undefined ? "--plot" : against ? "--against" : null;
  if (option !== null) throw new InputError(`${option}: is for one host, but several are given`);
}
