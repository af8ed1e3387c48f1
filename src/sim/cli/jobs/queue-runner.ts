import { writeFileSync } from "node:fs";
import { warn } from "../../../common/cli/output.ts";
import { errorOf, type Failure, failureDataOf, isOfWork } from "../../../common/errors.ts";
import type { QueueTarget } from "../../queue/address.ts";
import { Coordinator } from "../../queue/coordinator.ts";
import { type PackedText, packText } from "../../queue/texts.ts";
import type { Job, JobResult } from "./job.ts";
import { decodeAnswers, type QueuedRun, RUN_KIND, type RunAnswer, type RunsSetup } from "./run-work.ts";
import type { NoteProgress, RunList, Runner } from "./runner.ts";
import { noteStudy } from "./study-notice.ts";
import { readContent } from "./trace-content.ts";

/** The functions that settle the promise of a result. */
interface Settle {
  resolve(result: JobResult): void;
  reject(error: unknown): void;
}

/** A run that is ready for the queue, with the texts that it needs. */
interface PackedRun {
  readonly run: QueuedRun;
  readonly texts: readonly PackedText[];
}

/** The end of a run: its result, or the reason why it has none. */
type Outcome = { readonly result: JobResult } | { readonly failure: Failure };

/**
 * Executes runs on the workers of a queue. A trace is read when its first run is sent, and is in Redis until its last run
 * in the queue has ended.
 * @throws {InputError} if the queue can't be used
 */
export async function runOnQueue(
  target: QueueTarget,
  { jobs, rowPaths, isVerified }: RunList,
  { isQuiet, note }: { readonly isQuiet: boolean; readonly note: NoteProgress },
): Promise<Runner> {
  const setup: RunsSetup = {
    job: { ...(jobs[0] as Job), trace: "", shown: "", traceColumn: "", world: 1 },
    isVerified,
  };
  const coordinator = await Coordinator.start(
    { setup: { kind: RUN_KIND, text: JSON.stringify(setup), texts: [] }, texts: [] },
    target,
    (line) => warn(`balloon-sim: ${line}`),
  );
  noteStudy(coordinator.name, target, isQuiet);
  const pack = rememberLast(packTrace);
  const packRun = async (index: number): Promise<PackedRun | Failure> => {
    const { trace, shown = trace, traceColumn, world } = jobs[index] as Job;
    try {
      const { run, texts } = await pack(trace, shown);
      return { run: { ...run, shown, traceColumn, world }, texts };
    } catch (error) {
      if (!isOfWork(error)) throw error;
      return failureDataOf(error);
    }
  };
  const outcomeOf = (index: number, answer: RunAnswer): Outcome => {
    note(index, 1);
    if (!answer.ok) return answer;
    // The rows of a later run must not stay in memory until those of all earlier runs are written.
    if (answer.rows !== null) writeFileSync(rowPaths[index] as string, answer.rows, { flag: "wx" });
    return { result: answer.result };
  };
  const pieces = coordinator.piecewise<number, Outcome>(async (indices) => {
    const packed: (PackedRun | Failure)[] = [];
    for (const index of indices) packed.push(await packRun(index));
    const ready = packed.filter((run): run is PackedRun => "texts" in run);
    const answers = ready.length === 0 ? [] : await askFor(coordinator, ready);
    return packed.map((run, i) =>
      outcomeOf(indices[i] as number, "texts" in run ? (answers.shift() as RunAnswer) : { ok: false, failure: run }),
    );
  });
  const resolvers: Settle[] = [];
  const results = jobs.map(
    (_, i) =>
      new Promise<JobResult>((resolve, reject) => {
        resolvers[i] = { resolve, reject };
      }),
  );
  let settled = 0;
  const settle = (outcome: Outcome): void => {
    const { resolve, reject } = resolvers[settled++] as Settle;
    if ("result" in outcome) resolve(outcome.result);
    else reject(errorOf(outcome.failure));
  };
  const isNeverOver = () => false;
  pieces.run([...jobs.keys()], settle, isNeverOver).catch((error: unknown) => {
    for (const { reject } of resolvers) reject(error);
  });
  return { results, stop: () => coordinator.stop() };
}

/** Executes the runs of a task on a worker. */
async function askFor(coordinator: Coordinator, packed: readonly PackedRun[]): Promise<RunAnswer[]> {
  const task = JSON.stringify(packed.map(({ run }) => run));
  const texts = packed.flatMap((run) => run.texts);
  return decodeAnswers(await coordinator.ask({ task, runs: packed.length, texts }), packed.length);
}

/** Reads and compresses a trace. */
async function packTrace(trace: string, shown: string): Promise<PackedRun> {
  const { text, machine } = readContent(trace, shown);
  const packedText = await packText(text, shown);
  const packedMachine = machine === null ? null : await packText(machine.text, machine.name);
  return {
    run: {
      trace,
      traceColumn: trace,
      world: 1,
      text: packedText.sha256,
      machine: machine === null || packedMachine === null ? null : { name: machine.name, text: packedMachine.sha256 },
    },
    texts: packedMachine === null ? [packedText] : [packedText, packedMachine],
  };
}

/** A function that remembers its latest result, because the worlds of a trace are consecutive. */
function rememberLast<Result>(work: (trace: string, shown: string) => Promise<Result>) {
  let last: { readonly trace: string; readonly result: Promise<Result> } | null = null;
  return (trace: string, shown: string): Promise<Result> => {
    if (last?.trace !== trace) last = { trace, result: work(trace, shown) };
    return last.result;
  };
}
