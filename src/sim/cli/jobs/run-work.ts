/** The runs of `balloon-sim run` as work of a queue. */

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Failure, failureDataOf, isOfWork, RunError } from "../../../common/errors.ts";
import { removeTemporary, temporaryDirectory } from "../../../common/files/temporary.ts";
import type { Bytes } from "../../../common/units.ts";
import { parseAnswer, wrongAnswer } from "../../queue/pieces.ts";
import type { Work, WorkKind } from "../../queue/work.ts";
import type { Job, JobResult } from "./job.ts";
import { JobPool } from "./pool.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Name of this kind of work. */
export const RUN_KIND = "run";

/** The setup that all runs of a command share. */
export interface RunsSetup {
  /** One of the runs. The others differ from it only in the fields of `QueuedRun`. */
  readonly job: Job;
  readonly isVerified: boolean;
}

/** A run in a task. */
export interface QueuedRun extends Pick<Job, "trace" | "shown" | "traceColumn" | "world"> {
  /** SHA-256 of the trace's text. */
  readonly text: string;
  /** The machine file that the trace names: its name, and the SHA-256 of its text; null: it names none. */
  readonly machine: { readonly name: string; readonly text: string } | null;
}

/** The answer to a run. */
export type RunAnswer =
  | {
      readonly ok: true;
      readonly result: JobResult;
      /** The rows as `runToFile` writes them; null: the command writes none. */
      readonly rows: string | null;
    }
  /** The trace can't be read or run. */
  | { readonly ok: false; readonly failure: Failure };

/** Maximum size of the rows of a task: as JSON, they fit into the longest string of Node. */
const MAX_ROW_BYTES = 128 * 2 ** 20;

/** Executes the runs on a worker. */
export const RUN_WORK: WorkKind = {
  name: RUN_KIND,
  async start({ text }, textOf, threads): Promise<Work> {
    const setup = JSON.parse(text) as RunsSetup;
    const directory = temporaryDirectory();
    const pool = new JobPool(threads, () => {});
    let files = 0;
    const answerTo = async (run: QueuedRun, maxBytes: Bytes): Promise<RunAnswer> => {
      const rowsPath = join(directory, String(files++));
      try {
        const job = await jobOf(setup.job, run, textOf);
        const result = await pool.run({ job, rowsPath, isVerified: setup.isVerified }, 0);
        return { ok: true, result, rows: job.rows === null ? null : readRows(rowsPath, maxBytes) };
      } catch (error) {
        return failedRun(error);
      } finally {
        removeTemporary(rowsPath);
      }
    };
    return {
      async make(task) {
        const answers: RunAnswer[] = [];
        let left = MAX_ROW_BYTES;
        for (const run of JSON.parse(task) as QueuedRun[]) {
          const answer = await answerTo(run, left);
          if (answer.ok) left -= answer.rows?.length ?? 0;
          answers.push(answer);
        }
        const answer = (await compress(JSON.stringify(answers), { level: 1 })).toString("base64");
        return { answer, runs: answers.length, failedRuns: answers.filter(({ ok }) => !ok).length };
      },
      async stop() {
        await pool.stop();
        removeTemporary(directory);
      },
    };
  },
};

/** The job of a run in a task, with the texts that its trace consists of. */
async function jobOf(
  shared: Job,
  { text, machine, ...run }: QueuedRun,
  textOf: (sha256: string) => Promise<string>,
): Promise<Job> {
  const { rows } = shared;
  const content = {
    text: await textOf(text),
    machine: machine === null ? null : { name: machine.name, text: await textOf(machine.text) },
  };
  if (rows === null) return { ...shared, ...run, content };
  const world = rows.placement.world === null ? null : run.world;
  return { ...shared, ...run, content, rows: { ...rows, placement: { ...rows.placement, world } } };
}

/** The rows in a file. @throws {RunError} if they are too many for the answer to a task */
export function readRows(path: string, maxBytes: Bytes): string {
  if (statSync(path).size > maxBytes) throw new RunError("has too many rows for a queue: reduce them with --every");
  return readFileSync(path, "utf8");
}

/** The answer to a run that failed. @throws the error itself if the trace is not its cause */
function failedRun(error: unknown): RunAnswer {
  if (!isOfWork(error)) throw error;
  return { ok: false, failure: failureDataOf(error) };
}

/** @throws {RunError} if the answer does not have the results of `runs` runs */
export async function decodeAnswers(answer: string, runs: number): Promise<RunAnswer[]> {
  const text = await decompress(Buffer.from(answer, "base64")).then(String, () => "");
  const answers = parseAnswer(text) as RunAnswer[];
  if (!Array.isArray(answers) || answers.length !== runs) throw wrongAnswer();
  return answers;
}
