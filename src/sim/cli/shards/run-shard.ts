import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkDistinct } from "../../../common/cli/distinct-files.ts";
import { failureDataOf, InputError, isOfWork } from "../../../common/errors.ts";
import { sha256, sha256OfFile } from "../../../common/files/hash.ts";
import { isDirectoryPath } from "../../../common/files/output-directory.ts";
import { removeTemporary, temporaryDirectory } from "../../../common/files/temporary.ts";
import { isSystemError } from "../../../common/system-error.ts";
import { findTrace } from "../../trace/bundled.ts";
import { machineText } from "../../trace/machines.ts";
import { openTrace } from "../../trace/open.ts";
import { warnOfTrace } from "../bad-traces.ts";
import { optionFiles, traceFiles } from "../input-files.ts";
import { runToFile, startRunner, withoutEnd, withRows } from "../jobs/execute.ts";
import type { Job, JobResult } from "../jobs/job.ts";
import { barTerminal, Progress } from "../jobs/progress.ts";
import { checkRowOptions, createRequest, type RunOptions, type RunRequest } from "../jobs/request.ts";
import { frameOf, leadingOf } from "../jobs/rows-document.ts";
import { readOnceAmong } from "../read-once.ts";
import { triageOf } from "../triage/options.ts";
import { type PartWriter, withPart } from "./part-writer.ts";
import type { RunPlan, RunRecord } from "./run-plan.ts";
import { runsOf, type Shard } from "./shard.ts";

/** Options that can't be combined with `--shard`. */
const REFUSED = ["plot", "causes", "checkpoint", "at", "resume"] as const;

/** Executes `balloon-sim run --shard`. */
export async function runShard(traces: readonly string[], options: RunOptions, shard: Shard): Promise<void> {
  const refused = REFUSED.find((name) => options[name] !== undefined);
  if (refused !== undefined) throw new InputError(`--shard: can't be combined with --${refused}`);
  const once = readOnceAmong(traces);
  if (once !== null) throw new InputError(`--shard: ${once} can't be divided into shards: give a file`);
  const { output, ...rest } = options;
  if (output !== undefined && output !== "-" && isDirectoryPath(output, "-o")) {
    throw new InputError(`-o ${output}: is a directory, expected a file for the part`);
  }
  const triage = await triageOf(rest);
  const request = createRequest(traces, rest);
  checkRowOptions(rest);
  if (output !== undefined) {
    checkDistinct([{ option: "-o", path: output }], [...traceFiles(traces), ...optionFiles(options)]);
  }
  const [job] = request.jobs as [Job];
  const plan: RunPlan = {
    driver: job.driver,
    driverBy: job.driverBy,
    rows:
      job.rows === null
        ? null
        : { frame: frameOf(job), choice: job.rows.choice, parquet: request.isParquet ? job.rows : null },
    summaryFormat: request.summaryFormat,
    wantsAll: options.all === true,
    triage,
    worlds: request.worlds,
  };
  const part = {
    command: "run",
    shard,
    runs: request.jobs.length,
    // Jobs differ only in trace and world.
    options: [traces, job, plan],
    traces: traces.map(contentOf),
    result: plan,
  } as const;
  const runs = [...runsOf(shard, request.jobs.length)];
  await withPart(output, part, (writer) => makeRuns(request, runs, writer));
}

/** Executes the runs of a shard. @param runs their indices among all jobs of the request */
async function makeRuns(request: RunRequest, runs: readonly number[], writer: PartWriter): Promise<void> {
  const jobs = runs.map((run) => request.jobs[run] as Job);
  const made = jobs.map((job) => withoutEnd(request.isVerified ? withRows(job) : job));
  const progress = new Progress(jobs.length, () => barTerminal(request.isQuiet));
  const directory = temporaryDirectory();
  const paths = runs.map((run) => join(directory, String(run)));
  const own = { ...request, jobs, threads: Math.min(request.threads, jobs.length) };
  const runner = await startRunner(own, made, paths, progress);
  const resultOf = (i: number): Promise<JobResult> =>
    runner === null
      ? runToFile(made[i] as Job, paths[i] as string, request.isVerified, (done) => progress.pace(i, done))
      : (runner.results[i] as Promise<JobResult>);
  try {
    for (const [i, job] of jobs.entries()) {
      const run = runs[i] as number;
      const path = paths[i] as string;
      const { traceColumn: trace } = job;
      let record: Omit<RunRecord, "run">;
      try {
        const { name, damage, rows, warnings, targetRemark, unusedRules, traceDriver, summary } = await resultOf(i);
        const leading = request.isParquet && job.rows !== null ? { leading: leadingOf(job, name) } : {};
        const noted = { damage, rows, warnings, targetRemark, unusedRules, traceDriver };
        record = { trace, ...leading, result: { ...noted, summary } };
      } catch (error) {
        if (!isOfWork(error)) throw error;
        // The result may be possible without this trace: merge decides.
        warnOfTrace({ trace: job.trace, error });
        record = { trace: job.trace, result: null, failure: failureDataOf(error) };
      }
      progress.note(i, 1);
      if (record.result === null || job.rows === null) writer.add(run, record);
      else await writer.addWithRows(run, record, path, Buffer.byteLength(frameOf(job).head));
      if (writer.isFull) await writer.flush();
      removeTemporary(path);
    }
  } finally {
    await runner?.stop();
    progress.stop();
    removeTemporary(directory);
  }
}

/**
 * The inputs of a trace's runs: the hash of its file, and its machine if a file of its own describes the machine. A shard reads
 * the files of all traces, up to a hundred thousand small ones.
 */
function contentOf(trace: string): readonly (string | null)[] {
  try {
    const path = findTrace(trace);
    if (statSync(path).size > MAX_AT_ONCE) return [sha256OfFile(path), machineOf(trace)];
    const bytes = readFileSync(path);
    return [sha256(bytes), bytes.includes('"machine"') ? machineOf(trace) : null];
  } catch (error) {
    // The run of the trace reports the error.
    if (isSystemError(error) || error instanceof InputError) return [null];
    throw error;
  }
}

/** Maximum size in bytes of a file that is read at once. */
const MAX_AT_ONCE = 1 << 26;

/** The machine that a trace names or describes, as text; null if the trace has none. */
function machineOf(trace: string): string | null {
  const source = openTrace(trace);
  source.close();
  const { machine } = source.trace.guest;
  return machine === null ? null : machineText(machine);
}
