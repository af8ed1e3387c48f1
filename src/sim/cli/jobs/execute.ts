import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { STDOUT } from "../../../common/cli/output.ts";
import { FileSink, NO_SINK } from "../../../common/cli/text-sink.ts";
import { InputError, OutputError, RunError } from "../../../common/errors.ts";
import { makeDirectory } from "../../../common/files/output-directory.ts";
import { OutputFile, type Writable } from "../../../common/files/output-file.ts";
import { removeTemporary, temporaryDirectory } from "../../../common/files/temporary.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { columnsOf } from "../../output/columns.ts";
import type { FailedTrace } from "../bad-traces.ts";
import { type Job, type JobResult, type Pace, runJob } from "./job.ts";
import { Progress } from "./progress.ts";
import type { RowsTarget, RunRequest } from "./request.ts";
import { frameOf, RowsDocument } from "./rows-document.ts";

/** The rows that `--verify` compares if none are written. */
const COMPARED = new Set(["time_s", "target", "size", "free", "cache", "anon", "swap"]);

/** A run that was made. */
export interface MadeRun {
  readonly job: Job;
  readonly result: JobResult;
}

/** What came of a request. */
export interface RunOutcome {
  /** In the order of the request. */
  readonly runs: readonly MadeRun[];
  /** Those of several traces that are in no output, while the others are; a trace alone that fails throws its error. */
  readonly failed: readonly FailedTrace[];
}

/**
 * Runs what was asked for and puts the rows where they belong. A file appears when all runs that it is meant for have
 * been made or have failed, without the rows of these; one that would have no rows does not appear.
 * @throws {InputError | RunError} where the only trace fails, or where nothing can be written
 */
export async function executeRuns(request: RunRequest): Promise<RunOutcome> {
  // Rows that scroll by on the same terminal would tear a bar apart, and show themselves that something is going on.
  const scrolls = request.rowsTarget?.kind === "stdout" && process.stdout.isTTY === true;
  const progress = new Progress(request.jobs.length, !request.isQuiet && !scrolls);
  const { rowsTarget } = request;
  const unmake = rowsTarget?.kind === "files" ? makeDirectory(rowsTarget.directory, "-o") : () => {};
  let files: OutputFile[] = [];
  try {
    files = openFiles(rowsTarget);
    if (request.jobs.length > 1 || request.isVerified) return await runByWayOfFiles(request, files, progress);
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

/** One run, its rows written as they come. */
async function runDirectly(job: Job, to: Writable, progress: Progress): Promise<JobResult> {
  const sink = job.rows === null ? NO_SINK : new FileSink(to);
  return await runJob(job, sink, (done) => progress.pace(0, done));
}

/**
 * Several runs, or one that is checked: each writes its rows to a file of its own, which is passed on when its turn has
 * come and all runs of its trace are as they should be.
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
  // The end of a document is written behind the last run that succeeds.
  const jobs = request.jobs.map((job) => withoutEnd(request.isVerified ? withRows(job) : job));
  const runner = request.threads > 1 ? await startPool(request, jobs, rowPaths, progress) : null;
  const resultOf = (i: number): Promise<JobResult> =>
    runner === null
      ? runToFile(jobs[i] as Job, rowPaths[i] as string, request.isVerified, (d) => progress.pace(i, d))
      : (runner.results[i] as Promise<JobResult>);
  const worlds = request.worlds ?? 1;
  const isAlone = jobs.length === worlds;
  const runs: MadeRun[] = [];
  const failed: FailedTrace[] = [];
  let document: RowsDocument | null = null;
  try {
    for (let from = 0; from < jobs.length; from += worlds) {
      const own: MadeRun[] = [];
      try {
        for (let i = from; i < from + worlds; i++) {
          own.push({ job: request.jobs[i] as Job, result: await resultOf(i) });
          progress.note(i, 1);
        }
      } catch (error) {
        if (isAlone || !isOfTrace(error)) throw error;
        const { trace, shown = trace } = jobs[from] as Job;
        failed.push({ trace: shown, error });
        for (let i = from; i < from + worlds; i++) progress.note(i, 1);
        continue;
      }
      runs.push(...own);
      const paths = rowPaths.slice(from, from + worlds);
      if (rowsTarget !== null) {
        if (document === null || isSplit) {
          document = new RowsDocument(files[isSplit ? from / worlds : 0] ?? null, frameOf(jobs[from] as Job));
        }
        for (const path of paths) await document.addFile(path);
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

/** Whether the trace or its run is to blame, so that other traces may do better. */
export const isOfTrace = (error: unknown): error is InputError | RunError =>
  error instanceof InputError || (error instanceof RunError && !(error instanceof OutputError));

/** The job as one of several whose rows make one document. */
export const withoutEnd = (job: Job): Job =>
  job.rows === null ? job : { ...job, rows: { ...job.rows, placement: { ...job.rows.placement, last: false } } };

/** Runs a job and leaves its rows, if it has any, in a file; again, and compared, where they are to be verified. */
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

/** The job with rows that `--verify` compares, where it has none. */
export const withRows = (job: Job): Job => {
  if (job.rows !== null) return job;
  const placement = { isNamed: false, world: null, last: true };
  return {
    ...job,
    rows: { columns: comparedColumns(job.driver), format: "csv", choice: "change", sampleUs: null, placement },
  };
};

/** Makes runs on worker threads. */
export async function startPool(
  request: RunRequest,
  jobs: readonly Job[],
  rowPaths: readonly string[],
  progress: Progress,
) {
  const { JobPool } = await import("./pool.ts");
  const pool = new JobPool(request.threads, (run, done) => progress.note(run, done));
  const results = jobs.map((job, i) =>
    pool.run({ job, rowsPath: rowPaths[i] as string, isVerified: request.isVerified }, i),
  );
  // A failure is heard of when its turn comes; until then it must not count as unheard.
  for (const result of results) result.catch(() => {});
  let isRunning = true;
  const draw = async () => {
    for (; isRunning; await sleep(100, undefined, { ref: false })) await progress.show();
  };
  void draw();
  return {
    results,
    stop: async () => {
      isRunning = false;
      await pool.stop();
    },
  };
}

/** What a driver of its own limits, and what happens to its balloon and to its guest. */
function comparedColumns(driver: string): string[] {
  const policy = policyNamed(driver, "--driver");
  const limits = new Set(policy.columns.filter(({ limit }) => limit !== undefined).map(({ name }) => name));
  return columnsOf(policy)
    .map(({ name }) => name)
    .filter((name) => COMPARED.has(name) || limits.has(name));
}
