/** The runs of `balloon-sim run` as work of a queue. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { InputError, RunError } from "../../../common/errors.ts";
import { removeTemporary, temporaryDirectory } from "../../../common/files/temporary.ts";
import type { Work, WorkKind } from "../../queue/work.ts";
import { isOfTrace } from "../bad-traces.ts";
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
  | { readonly ok: false; readonly kind: "input" | "run"; readonly message: string };

/** Maximum length of an answer, in bytes: half of what a value in Redis may have. */
const MAX_ANSWER = 256 * 2 ** 20;

/** Executes the runs on a worker. */
export const RUN_WORK: WorkKind = {
  name: RUN_KIND,
  async start({ text }, textOf, threads): Promise<Work> {
    const setup = JSON.parse(text) as RunsSetup;
    const directory = temporaryDirectory();
    const pool = new JobPool(threads, () => {});
    let files = 0;
    const answerTo = async (run: QueuedRun): Promise<RunAnswer> => {
      const job = await jobOf(setup.job, run, textOf);
      const rowsPath = join(directory, String(files++));
      try {
        const result = await pool.run({ job, rowsPath, isVerified: setup.isVerified }, 0);
        return { ok: true, result, rows: job.rows === null ? null : readFileSync(rowsPath, "utf8") };
      } catch (error) {
        return failedRun(error);
      } finally {
        removeTemporary(rowsPath);
      }
    };
    return {
      async make(task) {
        const answers: RunAnswer[] = [];
        for (const run of JSON.parse(task) as QueuedRun[]) answers.push(await answerTo(run));
        const answer = await encodeAnswers(answers);
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
  const placement =
    rows === null ? null : { ...rows.placement, world: rows.placement.world === null ? null : run.world };
  return { ...shared, ...run, content, rows: rows === null || placement === null ? null : { ...rows, placement } };
}

/** The answer to a run that failed. @throws the error itself if the trace is not its cause */
export function failedRun(error: unknown): RunAnswer {
  if (!isOfTrace(error)) throw error;
  return { ok: false, kind: error instanceof InputError ? "input" : "run", message: error.message };
}

/** The error of a failed run, with its class restored. */
export const runError = ({ kind, message }: RunAnswer & { readonly ok: false }): InputError | RunError =>
  kind === "input" ? new InputError(message) : new RunError(message);

/** Answers as compressed text. */
async function encodeAnswers(answers: readonly RunAnswer[]): Promise<string> {
  const answer = (await compress(JSON.stringify(answers), { level: 1 })).toString("base64");
  if (answer.length > MAX_ANSWER) {
    throw new RunError("a run has too many rows for a queue: reduce them with --every");
  }
  return answer;
}

/** @throws {RunError} if the answer does not have the results of `runs` runs */
export async function decodeAnswers(answer: string, runs: number): Promise<RunAnswer[]> {
  const text = await decompress(Buffer.from(answer, "base64")).then(String, () => "null");
  const answers = JSON.parse(text) as RunAnswer[] | null;
  if (!Array.isArray(answers) || answers.length !== runs) {
    throw new RunError("the answer of a worker does not have the results of its task");
  }
  return answers;
}
