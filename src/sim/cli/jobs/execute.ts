import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { STDOUT } from "../../../common/cli/output.ts";
import { FileSink, NO_SINK } from "../../../common/cli/text-sink.ts";
import { isOfWork } from "../../../common/errors.ts";
import { makeDirectory } from "../../../common/files/output-directory.ts";
import { OutputFile, type Writable } from "../../../common/files/output-file.ts";
import { removeTemporary, temporaryDirectory } from "../../../common/files/temporary.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { columnsOf } from "../../output/columns.ts";
import type { FailedTrace } from "../bad-traces.ts";
import { type Job, type JobResult, type Pace, type RowsSpec, runJob } from "./job.ts";
import { barTerminal, Progress } from "./progress.ts";
import type { RowsTarget, RunRequest } from "./request.ts";
import { frameOf, leadingOf, RowsDocument, type RunRows } from "./rows-document.ts";
import type { RunList, Runner } from "./runner.ts";

/** Columns that `--verify` compares if the run writes no rows. */
const COMPARED = new Set(["time_s", "target", "size", "free", "cache", "anon", "swap"]);

/** A completed run. */
export interface MadeRun {
  readonly job: Job;
  readonly result: JobResult;
}

/** The result of a request. */
export interface RunOutcome {
  /** In the order of the request. */
  readonly runs: readonly MadeRun[];
  /** Failed traces of several: they are in no output. The error of a single trace is thrown instead. */
  readonly failed: readonly FailedTrace[];
}

/**
 * Executes the runs and writes their rows. A file appears when all runs that write to it have ended or failed, without
 * the rows of failed ones; a file without rows does not appear.
 * @throws {InputError | RunError} if the only trace fails, or if an output can't be written
 */
export async function executeRuns(request: RunRequest): Promise<RunOutcome> {
  const { rowsTarget, isQuiet } = request;
  const progress = new Progress(request.jobs.length, () => barTerminal(isQuiet, rowsTarget?.kind === "stdout"));
  const unmake = rowsTarget?.kind === "files" ? makeDirectory(rowsTarget.directory, "-o") : () => {};
  let files: OutputFile[] = [];
  try {
    files = openFiles(rowsTarget);
    if (request.jobs.length > 1 || request.isVerified || request.isParquet || request.queueTarget !== null)
      return await runByWayOfFiles(request, files, progress);
    const job = request.jobs[0] as Job;
    const result = await runDirectly(job, files[0] ?? STDOUT, progress);
    files[0]?.commit();
    return { runs: [{ job, result }], failed: [] };
  } finally {
    progress.stop();
    for (const file of files) file.discard();
    unmake();
  }
}

function openFiles(target: RowsTarget | null): OutputFile[] {
  if (target === null || target.kind === "stdout") return [];
  const files: OutputFile[] = [];
  try {
    for (const path of target.kind === "file" ? [target.path] : target.paths) files.push(new OutputFile(path, "-o"));
    return files;
  } catch (error) {
    for (const file of files) file.discard();
    throw error;
  }
}

/** Executes one run and writes its rows directly. */
async function runDirectly(job: Job, to: Writable, progress: Progress): Promise<JobResult> {
  const sink = job.rows === null ? NO_SINK : new FileSink(to);
  return await runJob(job, sink, (done) => progress.pace(0, done));
}

/**
 * Executes several runs, or one with `--verify`, `--format parquet` or `--queue`: each writes its rows to a temporary file, which is
 * copied to the output in the order of the request, when all runs of its trace have succeeded.
 */
async function runByWayOfFiles(
  request: RunRequest,
  files: readonly OutputFile[],
  progress: Progress,
): Promise<RunOutcome> {
  const directory = temporaryDirectory();
  const { rowsTarget } = request;
  const isSplit = rowsTarget?.kind === "files";
  const rowPaths = request.jobs.map((_, i) => join(directory, String(i)));
  // The end of a document follows the last run that succeeds.
  const jobs = request.jobs.map((job) => withoutEnd(request.isVerified ? withRows(job) : job));
  const runner = await startRunner(request, jobs, rowPaths, progress);
  const resultOf = (i: number): Promise<JobResult> =>
    runner === null
      ? runToFile(jobs[i] as Job, rowPaths[i] as string, request.isVerified, (d) => progress.pace(i, d))
      : (runner.results[i] as Promise<JobResult>);
  const worlds = request.worlds ?? 1;
  const isAlone = jobs.length === worlds;
  const runs: MadeRun[] = [];
  const failed: FailedTrace[] = [];
  let document: RunRows | null = null;
  try {
    for (let from = 0; from < jobs.length; from += worlds) {
      const own: MadeRun[] = [];
      try {
        for (let i = from; i < from + worlds; i++) {
          own.push({ job: request.jobs[i] as Job, result: await resultOf(i) });
          progress.note(i, 1);
        }
      } catch (error) {
        if (isAlone || !isOfWork(error)) throw error;
        const { trace, shown = trace } = jobs[from] as Job;
        failed.push({ trace: shown, error });
        for (let i = from; i < from + worlds; i++) progress.note(i, 1);
        continue;
      }
      runs.push(...own);
      const paths = rowPaths.slice(from, from + worlds);
      if (rowsTarget !== null) {
        if (document === null || isSplit) {
          document = await openDocument(request, files[isSplit ? from / worlds : 0] ?? null, jobs[from] as Job);
        }
        for (const [i, { job, result }] of own.entries()) {
          await document.addFile(paths[i] as string, leadingOf(job, result.name));
        }
        if (isSplit) await document.end();
      }
      for (const path of paths) removeTemporary(path);
    }
    if (!isSplit) await document?.end();
    return { runs, failed };
  } finally {
    await runner?.stop();
    removeTemporary(directory);
  }
}

async function openDocument({ isParquet }: RunRequest, file: OutputFile | null, job: Job): Promise<RunRows> {
  if (!isParquet) return new RowsDocument(file, frameOf(job));
  const { ParquetRows } = await import("./parquet-rows.ts");
  return await ParquetRows.create(file, job.rows as RowsSpec);
}

/** The job as one of several whose rows make one document. */
export const withoutEnd = (job: Job): Job =>
  job.rows === null ? job : { ...job, rows: { ...job.rows, placement: { ...job.rows.placement, last: false } } };

/** Executes a job and writes its rows, if it has any, to a file; with `isVerified`, executes it again and compares. */
export async function runToFile(job: Job, path: string, isVerified: boolean, pace: Pace): Promise<JobResult> {
  if (job.rows === null) return runJob(job, NO_SINK, pace);
  const share = isVerified ? 0.5 : 1;
  const fd = openSync(path, "wx");
  let first: JobResult;
  try {
    first = await runJob(job, new FileSink({ fd, name: path }), (done) => pace(done * share));
  } finally {
    closeSync(fd);
  }
  if (isVerified) {
    const { verifyJob } = await import("./verify.ts");
    await verifyJob(job, path, first, (done) => pace(share + done * share));
  }
  return first;
}

/** The job, with rows for `--verify` to compare if it has none. */
export const withRows = (job: Job): Job => {
  if (job.rows !== null) return job;
  const placement = { isNamed: false, world: null, last: true };
  return {
    ...job,
    rows: { columns: comparedColumns(job.driver), format: "csv", choice: "change", sampleUs: null, placement },
  };
};

/**
 * Begins runs on the workers of a queue or on worker threads, with a progress bar; null if this thread executes the runs.
 * @throws {InputError} if the queue can't be used
 */
export async function startRunner(
  request: RunRequest,
  jobs: readonly Job[],
  rowPaths: readonly string[],
  progress: Progress,
): Promise<Runner | null> {
  const { queueTarget, threads, isVerified, isQuiet } = request;
  if (queueTarget === null && threads === 1) return null;
  const runs: RunList = { jobs, rowPaths, isVerified };
  const note = (run: number, done: number) => progress.note(run, done);
  let runner: Runner;
  if (queueTarget === null) runner = (await import("./pool.ts")).startPool(threads, runs, note);
  else runner = await (await import("./queue-runner.ts")).runOnQueue(queueTarget, runs, { isQuiet, note });
  // A failure is handled in the order of the request; until then it must not count as an unhandled rejection.
  for (const result of runner.results) result.catch(() => {});
  const unfollow = progress.follow();
  return {
    results: runner.results,
    stop: async () => {
      unfollow();
      await runner.stop();
    },
  };
}

/** Columns of a driver's own limits, and of its balloon and its guest. */
function comparedColumns(driver: string): string[] {
  const policy = policyNamed(driver, "--driver");
  const limits = new Set(policy.columns.filter(({ limit }) => limit !== undefined).map(({ name }) => name));
  return columnsOf(policy)
    .map(({ name }) => name)
    .filter((name) => COMPARED.has(name) || limits.has(name));
}
