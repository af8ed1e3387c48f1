import { existsSync } from "node:fs";
import { join } from "node:path";
import { warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import type { InputFile } from "../../common/files/input-file.ts";
import { expectDirectory } from "../../common/files/output-directory.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { FORMATS } from "../import/formats/index.ts";
import { Log } from "../import/log.ts";
import type { LogOptions } from "../import/read-context.ts";
import { hostFileText } from "../import/whole-host/host-file.ts";
import { Lives } from "../import/whole-host/lives.ts";
import { type HostOptions, type HostPlan, planHost } from "../import/whole-host/plan.ts";
import { HostTally } from "../import/whole-host/tally.ts";
import { LinesWriter } from "../import/write.ts";
import { STDIN } from "../trace/input.ts";
import { earlierFiles, removeEarlier } from "./earlier-import.ts";
import type { ImportCommandOptions } from "./import-log.ts";
import { DirectoryOutputs, HOST_FILE, MEASURED_FILE } from "./import-outputs.ts";
import { argumentFiles, checkOutput } from "./input-files.ts";
import { barTerminal, Progress } from "./jobs/progress.ts";
import { inputFile, Spool } from "./spool.ts";

/** The options of `balloon-sim import --host` as the command line gives them. */
export interface ImportHostOptions extends ImportCommandOptions, Omit<HostOptions, keyof ImportCommandOptions> {
  readonly force?: true;
}

/** The part of the work that is the first pass: it only reads, the second pass reads and writes. */
const SURVEY_SHARE = 0.4;

/** Options that apply to single machines only. */
const OF_MACHINES = ["hostLog", "hostVm", "hostOffset", "target"] as const;

/**
 * Executes `balloon-sim import --host`.
 * @param version of this program, for the origin of the traces
 */
export async function importHost(paths: readonly string[], options: ImportHostOptions, version: string): Promise<void> {
  if (paths.length === 0)
    throw new InputError("import: a log is missing, such as: balloon-sim import esxtop.csv --host -o DIR");
  const directory = directoryOf(options);
  const spool = new Spool();
  const progress = new Progress(1, () => barTerminal(options.quiet === true));
  try {
    const files: InputFile[] = [];
    for (const path of paths) files.push(await inputFile(path, spool, "a log file"));
    const lives = new Lives();
    const reading: LogOptions = { ...options, wholeHost: { name: options.hostName ?? null } };
    const log = await Log.survey(
      files,
      FORMATS,
      reading,
      (done) => progress.pace(0, done * SURVEY_SHARE),
      (format) => lives.adapt(format),
    );
    const plan = planHost(log, lives, options, version);
    await write(log, plan, { directory, paths, progress, isForced: options.force === true });
    progress.stop();
    for (const line of log.report.lines()) warn(`balloon-sim: warning: ${line}`);
  } finally {
    progress.stop();
    spool.remove();
  }
}

/** The directory of `-o`; checks the options that are for single machines. */
function directoryOf(options: ImportHostOptions): string {
  for (const name of OF_MACHINES) {
    if (options[name] === undefined) continue;
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const why = name === "target" ? "the policy of the host sets the targets" : "applies to the log of one guest";
    throw new InputError(`--${option}: not with --host: ${why}`);
  }
  const { output } = options;
  if (output === undefined || output === STDIN) {
    throw new InputError("--host: writes a host file and a trace for each VM: give a directory for them with -o DIR");
  }
  expectDirectory(output, "-o", "the files of the host");
  const existing = join(output, HOST_FILE);
  // Its users complete it by hand, where the log lacks something.
  if (!options.force && existsSync(existing)) {
    throw new InputError(
      `-o ${escapeUnsafe(existing)}: is there already, and may have been changed: give another directory, or --force`,
    );
  }
  return output;
}

/** @throws {InputError} if a file of another import would be replaced, whose traces may have another demand */
function refuseOtherTraces(directory: string, names: readonly string[]): void {
  const existing = names.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (existing === undefined) return;
  throw new InputError(
    `-o ${escapeUnsafe(existing)}: is there already, from another import: give another directory, or --force`,
  );
}

interface Target {
  readonly directory: string;
  readonly paths: readonly string[];
  readonly progress: Progress;
  readonly isForced: boolean;
}

async function write(log: Log, plan: HostPlan, { directory, paths, progress, isForced }: Target): Promise<void> {
  const traces = plan.vms.map(({ name }) => `${name}.jsonl`);
  const names = [...traces, ...(plan.survey === null ? [] : [MEASURED_FILE]), HOST_FILE];
  for (const name of names) checkOutput(join(directory, name), argumentFiles(paths));
  if (!isForced) refuseOtherTraces(directory, names);
  const outputs = new DirectoryOutputs(directory, names);
  const earlier = isForced ? earlierFiles(directory, new Set(names)) : null;
  try {
    const tally = new HostTally(plan.survey, plan.originUs, (text) => outputs.write(traces.length, text));
    const writers = plan.vms.map(({ planned }, i) => ({
      ...planned,
      writer: new LinesWriter(planned.header, planned.shape, (text) => outputs.write(i, text)),
    }));
    const pace = async (done: number): Promise<void> => {
      await outputs.pace();
      await progress.pace(0, SURVEY_SHARE + done * (1 - SURVEY_SHARE));
    };
    await log.write(writers, pace, tally);
    outputs.write(names.length - 1, hostFileText(plan, tally, log.format, log.report));
    await outputs.commit();
  } finally {
    outputs.discard();
  }
  if (earlier !== null) removeEarlier(earlier);
}
