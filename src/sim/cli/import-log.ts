import { existsSync } from "node:fs";
import { join } from "node:path";
import type { NamedFile } from "../../common/cli/distinct-files.ts";
import { timeOption } from "../../common/cli/option-values.ts";
import { warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { isDirectoryPath } from "../../common/files/output-directory.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isHostFile } from "../hosts/scenario/host-text.ts";
import { FORMATS } from "../import/formats/index.ts";
import { type HostView, joinedFormat } from "../import/host-view.ts";
import { joinHost } from "../import/join-host.ts";
import { Log, type PlannedTrace } from "../import/log.ts";
import { machineList } from "../import/machine-choice.ts";
import type { ImportOptions } from "../import/plan.ts";
import type { LogOptions } from "../import/read-context.ts";
import { safeNames } from "../import/safe-names.ts";
import type { MachineSurvey } from "../import/survey.ts";
import { withTarget } from "../import/target.ts";
import { DocumentWriter, LinesWriter } from "../import/write.ts";
import { STDIN } from "../trace/input.ts";
import { DirectoryOutputs, HOST_FILE, type ImportOutputs, oneFile, standardOutput } from "./import-outputs.ts";
import { argumentFiles, checkOutput, optionFiles } from "./input-files.ts";
import { barTerminal, Progress } from "./jobs/progress.ts";
import { inputFile, Spool } from "./spool.ts";

/** The options of `balloon-sim import` as the command line gives them. */
export interface ImportCommandOptions extends Omit<ImportOptions, "target">, LogOptions {
  readonly target?: string;
  readonly output?: string;
  /** Logs of the guest's host, its VM in them, and the offset of the host's times. */
  readonly hostLog?: readonly string[];
  readonly hostVm?: string;
  readonly hostOffset?: string;
  readonly quiet?: true;
}

/** The part of the work that is the first pass: it only reads, the second pass reads and writes. */
const SURVEY_SHARE = 0.4;

/**
 * Executes `balloon-sim import`.
 * @param version of this program, for the origin of the traces
 */
export async function importLog(
  paths: readonly string[],
  options: ImportCommandOptions,
  version: string,
): Promise<void> {
  if (paths.length === 0) throw new InputError("import: a log is missing, such as: balloon-sim import vmstat.log");
  const spool = new Spool();
  const scrolls = (options.output ?? STDIN) === STDIN;
  const progress = new Progress(1, () => barTerminal(options.quiet === true, scrolls));
  try {
    const files: InputFile[] = [];
    for (const path of paths) files.push(await inputFile(path, spool, "a log file"));
    const alone = await Log.survey(files, FORMATS, options, (done) => progress.pace(0, done * SURVEY_SHARE));
    const host = await hostOf(alone, options, spool);
    const log =
      host === null
        ? alone
        : await Log.survey(
            files,
            FORMATS,
            options,
            async () => {},
            (format) => joinedFormat(format, host),
          );
    const machines = chooseMachines(log, options);
    const planned = withTarget(options);
    const traces = log.plan(machines, host === null ? planned : { ...planned, hostView: host }, version);
    const outputs = openOutputs(traces, inputsOf(paths, options), options.output);
    try {
      const writers = traces.map((trace, i) => ({ ...trace, writer: writerOf(trace, i, outputs, options.output) }));
      await log.write(writers, async (done) => {
        await outputs.pace();
        await progress.pace(0, SURVEY_SHARE + done * (1 - SURVEY_SHARE));
      });
      await outputs.commit();
    } finally {
      outputs.discard();
    }
    progress.stop();
    for (const line of log.report.lines()) warn(`balloon-sim: warning: ${line}`);
  } finally {
    progress.stop();
    spool.remove();
  }
}

/** The host's view of the guest's machine; null without a log of the host. */
async function hostOf(guest: Log, options: ImportCommandOptions, spool: Spool): Promise<HostView | null> {
  const { hostLog, hostVm, hostOffset, tz, damaged } = options;
  if (hostLog === undefined) {
    for (const [name, value] of [
      ["host-vm", hostVm],
      ["host-offset", hostOffset],
    ]) {
      if (value !== undefined)
        throw new InputError(`--${name}: applies to the log that --host-log names, and none is given`);
    }
    return null;
  }
  if (guest.machines.length > 1) {
    const names = machineList(guest.machines.map(({ machine }) => machine));
    throw new InputError(
      `--host-log: is joined to one machine: choose it with --vm (${guest.shownName} holds ${names})`,
    );
  }
  const files: InputFile[] = [];
  for (const path of hostLog) files.push(await inputFile(path, spool, "a log file"));
  const choice = {
    ...(hostVm === undefined ? {} : { vm: [hostVm], vmOption: "--host-vm" }),
    ...(tz === undefined ? {} : { tz }),
  };
  return joinHost(files, guest, { ...choice, ...(damaged === undefined ? {} : { damaged }) }, offsetOf(hostOffset));
}

/** A time with a sign, in microseconds. */
function offsetOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const isBack = text.startsWith("-");
  const us = timeOption("--host-offset", isBack ? text.slice(1) : text);
  return isBack ? -us : us;
}

/** Chooses the machines to import. Several machines need a directory as output. */
function chooseMachines(log: Log, { output }: ImportCommandOptions): readonly MachineSurvey[] {
  const { machines } = log;
  if (machines.length === 1 || isDirectory(output)) return machines;
  throw new InputError(
    `${log.shownName}: holds ${machines.length} machines (${machineList(machines.map(({ machine }) => machine))}): choose one with --vm, or write a file for each with -o DIR`,
  );
}

const isDirectory = (path: string | undefined): boolean =>
  path !== undefined && path !== STDIN && isDirectoryPath(path, "-o");

const inputsOf = (paths: readonly string[], { hostLog = [], target }: ImportCommandOptions): NamedFile[] => [
  ...argumentFiles(paths),
  ...hostLog.map((path) => ({ option: "--host-log", path })),
  ...optionFiles({ target }),
];

function openOutputs(
  traces: readonly PlannedTrace[],
  inputs: readonly NamedFile[],
  output: string | undefined,
): ImportOutputs {
  if (output === undefined || output === STDIN) return standardOutput();
  if (isDirectory(output)) {
    const names = fileNames(traces);
    for (const name of names) checkOutput(join(output, name), inputs);
    refuseTracesOfHost(output, names);
    return new DirectoryOutputs(output, names);
  }
  checkOutput(output, inputs);
  return oneFile(output);
}

/** @throws {InputError} if a trace of a host file would be replaced by one of the same machine with another demand */
function refuseTracesOfHost(directory: string, names: readonly string[]): void {
  const host = join(directory, HOST_FILE);
  const trace = names.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (trace === undefined || !isHostFile(host)) return;
  throw new InputError(
    `-o ${escapeUnsafe(trace)}: belongs to the host file ${escapeUnsafe(host)}, as an import with --host writes it: give another directory`,
  );
}

/** Most characters of a machine's name in that of its file. */
const MAX_NAME = 100;

/** A file name for each trace. */
const fileNames = (traces: readonly PlannedTrace[]): string[] =>
  safeNames(
    traces.map(({ plan }) => plan.survey.machine.name ?? plan.survey.machine.id),
    MAX_NAME,
  ).map((name) => `${name}.jsonl`);

function writerOf(
  { header, shape }: PlannedTrace,
  index: number,
  outputs: ImportOutputs,
  output: string | undefined,
): LinesWriter | DocumentWriter {
  const write = (text: string): void => outputs.write(index, text);
  const isDocument = output !== undefined && /\.json$/i.test(output) && !isDirectory(output);
  return isDocument ? new DocumentWriter(header, shape, write) : new LinesWriter(header, shape, write);
}
