/** Runs several hosts, one in each thread. */
import { isOfWork } from "../../../../common/errors.ts";
import { NotedPool } from "../../../threads/noted-pool.ts";
import type { FailedTrace } from "../../bad-traces.ts";
import { processors } from "../../jobs/processors.ts";
import { barTerminal, Progress } from "../../jobs/progress.ts";
import type { GivenChanges, HostOptions } from "../host-options.ts";
import type { RowFiles } from "../row-files.ts";
import type { CheckedHost } from "./check-hosts.ts";
import { type HostAnswer, HostRunner, type HostTask } from "./host-task.ts";

/** A host to be run, with the files of its rows; null: none. */
export interface HostToRun {
  readonly host: CheckedHost;
  readonly files: RowFiles | null;
}

/** What became of a host: its runs in all worlds. */
export interface HostRuns {
  readonly host: CheckedHost;
  readonly runs: readonly HostAnswer[];
}

/**
 * Runs hosts in all worlds. Their files appear when their runs are over.
 * @param deliver gets the hosts that have run, in the order given, as soon as those before have run or failed
 * @returns those that failed
 */
export async function runHosts(
  hosts: readonly HostToRun[],
  changes: GivenChanges,
  options: HostOptions,
  deliver: (host: HostRuns) => Promise<void>,
): Promise<FailedTrace[]> {
  const { worlds = 1, until: untilUs = null, quiet, workers = processors() } = options;
  const tasks = hosts.flatMap(({ host: { source }, files }) =>
    Array.from({ length: worlds }, (_, i): HostTask => {
      const world = i + 1;
      return { source, changes, world, untilUs, rows: world === 1 && files !== null ? files.spec : null };
    }),
  );
  // Only the table comes at the end.
  const scrolls = options.format !== undefined && (options.output === undefined || options.summary === true);
  const progress = new Progress(tasks.length, () => barTerminal(quiet === true, scrolls));
  const runner = startRunner(tasks, Math.min(workers, tasks.length), progress);
  const failed: FailedTrace[] = [];
  try {
    for (const [i, { host, files }] of hosts.entries()) {
      const runs: HostAnswer[] = [];
      try {
        for (let task = i * worlds; task < (i + 1) * worlds; task++) runs.push(await runner.answerTo(task));
      } catch (error) {
        if (!isOfWork(error)) throw error;
        files?.discard();
        failed.push({ trace: host.file, error });
        for (let task = i * worlds; task < (i + 1) * worlds; task++) progress.note(task, 1);
        continue;
      }
      files?.commit();
      await deliver({ host, runs });
    }
    return failed;
  } finally {
    await runner.stop();
    progress.stop();
  }
}

interface Runner {
  /** Called once for each task, in their order. */
  answerTo(task: number): Promise<HostAnswer>;
  stop(): Promise<void>;
}

function startRunner(tasks: readonly HostTask[], threads: number, progress: Progress): Runner {
  if (threads === 1) {
    const runner = new HostRunner();
    return {
      async answerTo(i) {
        const answer = await runner.run(tasks[i] as HostTask, (done) => progress.pace(i, done));
        progress.note(i, 1);
        return answer;
      },
      stop: async () => {},
    };
  }
  const pool = new NotedPool<HostTask, HostAnswer>(new URL("./hosts-worker.js", import.meta.url), threads);
  const unfollow = progress.follow();
  const answers = tasks.map(async (task, i) => {
    const answer = await pool.run(task, (done) => progress.note(i, done));
    progress.note(i, 1);
    return answer;
  });
  // A failure is handled in the order of the hosts; until then it must not count as an unhandled rejection.
  for (const answer of answers) answer.catch(() => {});
  return {
    answerTo: (i) => answers[i] as Promise<HostAnswer>,
    async stop() {
      unfollow();
      await pool.stop();
    },
  };
}
