import { writeFileSync } from "node:fs";
import { warn } from "../../../common/cli/output.ts";
import type { QueueTarget } from "../../queue/address.ts";
import { Coordinator } from "../../queue/coordinator.ts";
import { type PackedText, packText } from "../../queue/texts.ts";
import type { Job, JobResult } from "./job.ts";
import {
  decodeAnswers,
  failedRun,
  type QueuedRun,
  RUN_KIND,
  type RunAnswer,
  type RunsSetup,
  runError,
} from "./run-work.ts";
import { noteStudy } from "./study-notice.ts";
import { readContent } from "./trace-content.ts";

/** Runs that are on a queue. */
export interface QueuedRuns {
  /** The results, in the order of the jobs. */
  readonly results: readonly Promise<JobResult>[];
  /** Removes the runs that are not complete from the queue. */
  stop(): Promise<void>;
}

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

/**
 * Executes runs on the workers of a queue. A trace is read when its first run is sent, and is in Redis until its last run
 * in the queue has ended.
 * @param jobs equal except for trace and world
 * @param rowPaths files for the rows of the runs
 * @throws {InputError} if the queue can't be used
 */
export async function runOnQueue(
  target: QueueTarget,
  {
    jobs,
    rowPaths,
    isVerified,
    isQuiet,
  }: {
    readonly jobs: readonly Job[];
    readonly rowPaths: readonly string[];
    readonly isVerified: boolean;
    readonly isQuiet: boolean;
  },
): Promise<QueuedRuns> {
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
  const resolvers: Settle[] = [];
  const results = jobs.map(
    (_, i) =>
      new Promise<JobResult>((resolve, reject) => {
        resolvers[i] = { resolve, reject };
      }),
  );
  const pack = rememberLast(packTrace);
  const pieces = coordinator.piecewise<number, void>(async (runs) => {
    const packed: { readonly index: number; readonly own: PackedRun }[] = [];
    const finish = (index: number, answer: RunAnswer): void => {
      const { resolve, reject } = resolvers[index] as Settle;
      if (!answer.ok) {
        reject(runError(answer));
        return;
      }
      // The rows of a later run must not stay in memory until those of all earlier runs are written.
      if (answer.rows !== null) writeFileSync(rowPaths[index] as string, answer.rows, { flag: "wx" });
      resolve(answer.result);
    };
    for (const index of runs) {
      const { trace, shown = trace, traceColumn, world } = jobs[index] as Job;
      try {
        const { run, texts } = await pack(trace, shown);
        packed.push({ index, own: { run: { ...run, shown, traceColumn, world }, texts } });
      } catch (error) {
        finish(index, failedRun(error));
      }
    }
    if (packed.length > 0) {
      const task = JSON.stringify(packed.map(({ own }) => own.run));
      const texts = packed.flatMap(({ own }) => own.texts);
      const answers = await decodeAnswers(await coordinator.ask({ task, runs: packed.length, texts }), packed.length);
      for (const [i, { index }] of packed.entries()) finish(index, answers[i] as RunAnswer);
    }
    return [];
  });
  pieces
    .run(
      [...jobs.keys()],
      () => {},
      () => false,
    )
    .catch((error: unknown) => {
      for (const { reject } of resolvers) reject(error);
    });
  return { results, stop: () => coordinator.stop() };
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
