import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { STDOUT } from "../../../common/cli/output.ts";
import { makeDirectory } from "../../../common/cli/output-directory.ts";
import { OutputFile } from "../../../common/cli/output-file.ts";
import { removeTemporary, temporaryDirectory } from "../../../common/cli/temporary.ts";
import { FileSink, NO_SINK, type Writable, writeAll } from "../../../common/cli/text-sink.ts";
import { type Job, type JobResult, type Pace, runJob } from "./job.ts";
import { Progress } from "./progress.ts";
import type { RowsTarget, RunRequest } from "./request.ts";

/** Rows that are compared where nobody asked for any. */
const COMPARED_COLUMNS = ["time_s", "target", "size", "rate_alloc", "rate_free", "free", "cache", "anon", "swap"];

const CHUNK_BYTES = 1 << 18;

/**
 * Runs what was asked for and puts the rows where they belong. Files appear when everything has succeeded, or not at all.
 * @returns what the runs left behind, in the order of the request
 */
export async function executeRuns(request: RunRequest): Promise<JobResult[]> {
  // Rows that scroll by on the same terminal would tear a bar apart, and show themselves that something is going on.
  const scrolls = request.rowsTarget?.kind === "stdout" && process.stdout.isTTY === true;
  const progress = new Progress(request.jobs.length, !request.isQuiet && !scrolls);
  const { rowsTarget } = request;
  const unmake = rowsTarget?.kind === "files" ? makeDirectory(rowsTarget.directory, "-o") : () => {};
  let files: OutputFile[] = [];
  try {
    files = openFiles(rowsTarget);
    const results = await (request.jobs.length === 1 && !request.isVerified
      ? runDirectly(request.jobs[0] as Job, files[0] ?? STDOUT, progress)
      : runByWayOfFiles(request, files, progress));
    for (const file of files) file.commit();
    return results;
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
async function runDirectly(job: Job, to: Writable, progress: Progress): Promise<JobResult[]> {
  const sink = job.rows === null ? NO_SINK : new FileSink(to);
  return [await runJob(job, sink, (done) => progress.pace(0, done))];
}

/**
 * Several runs, or one that is checked: each writes its rows to a file of its own, which is passed on when its turn has
 * come and everything is as it should be.
 */
async function runByWayOfFiles(
  request: RunRequest,
  files: readonly OutputFile[],
  progress: Progress,
): Promise<JobResult[]> {
  const directory = temporaryDirectory();
  const isSplit = request.rowsTarget?.kind === "files";
  const rowPaths = request.jobs.map((_, i) => join(directory, String(i)));
  const jobs = request.isVerified ? request.jobs.map(withRows) : request.jobs;
  const runner = request.threads > 1 ? await startPool(request, jobs, rowPaths, progress) : null;
  try {
    const results: JobResult[] = [];
    for (let i = 0; i < jobs.length; i++) {
      const path = rowPaths[i] as string;
      const run =
        runner === null
          ? runToFile(jobs[i] as Job, path, request.isVerified, (d) => progress.pace(i, d))
          : runner.results[i];
      results.push(await (run as Promise<JobResult>));
      progress.note(i, 1);
      const file = isSplit ? Math.floor(i / (request.worlds ?? 1)) : 0;
      if (request.rowsTarget !== null) await copy(path, files[file] ?? STDOUT);
      removeTemporary(path);
    }
    return results;
  } finally {
    await runner?.stop();
    removeTemporary(directory);
  }
}

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

const withRows = (job: Job): Job => {
  if (job.rows !== null) return job;
  const placement = { isNamed: false, world: null, first: true, last: true };
  return { ...job, rows: { columns: COMPARED_COLUMNS, format: "csv", choice: "change", sampleUs: null, placement } };
};

async function startPool(request: RunRequest, jobs: readonly Job[], rowPaths: readonly string[], progress: Progress) {
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

async function copy(path: string, to: Writable): Promise<void> {
  const from = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let length = readSync(from, chunk); length > 0; length = readSync(from, chunk)) {
      await writeAll(to, chunk.subarray(0, length));
    }
  } finally {
    closeSync(from);
  }
}
