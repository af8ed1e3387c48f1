import { join } from "node:path";
import { InputError } from "../../common/errors.ts";
import { InputFile } from "../../common/files/input-file.ts";
import { removeTemporary, temporaryDirectory } from "../../common/files/temporary.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { formatTime } from "../../common/units.ts";
import { chooseColumns } from "../output/choose-columns.ts";
import { runLabels } from "../output/run-labels.ts";
import type { Summary } from "../output/summary.ts";
import { checkCount, readRunsOf, worldLabel } from "../report/runs/read-runs.ts";
import type { Run } from "../report/runs/run.ts";
import { badTraces, warnOfTrace } from "./bad-traces.ts";
import { executeRuns, type MadeRun } from "./jobs/execute.ts";
import type { Job } from "./jobs/job.ts";
import { createRequest, type RunOptions } from "./jobs/request.ts";
import { noteReplacedDriversOf } from "./run-notes.ts";

/** Options of `balloon-sim report` about running traces; they have the same meaning as in `balloon-sim run`. */
export type ReportRunOptions = Pick<
  RunOptions,
  "driver" | "rates" | "set" | "seed" | "target" | "machine" | "since" | "until" | "worlds" | "workers" | "quiet"
>;

/** The options of `balloon-sim report`. */
export interface ReportOptions extends ReportRunOptions {
  /** Replaces the policy of a host. */
  readonly policy?: string;
  readonly output?: string;
  /** Figure by which many runs are sorted, and conditions that need attention. */
  readonly sort?: string;
  readonly warn?: string[];
}

const COLUMNS = "default,downtime_us";
/** Most episodes of a run on a page. */
const MOST_EPISODES = 5;

/** Names of the options that determine the results, without those about threads and progress. */
const CONDITIONS = ["driver", "rates", "set", "seed", "target", "machine", "since", "until", "worlds"] as const;

/** The arguments of these options. */
export const conditionArguments = (options: Partial<Record<keyof ReportRunOptions, unknown>>): string[] =>
  CONDITIONS.flatMap((name) =>
    ([options[name] ?? []].flat() as (string | number)[]).flatMap((value) => [`--${name}`, textOf(name, value)]),
  );

const textOf = (name: (typeof CONDITIONS)[number], value: string | number): string =>
  typeof value === "number" && (name === "since" || name === "until") ? formatTime(value) : String(value);

/**
 * Runs traces and returns their rows, as if they had been files of rows.
 * @param version of the program, for the description of the runs
 * @throws {InputError} if a trace or an option is invalid, or if there is an option and no trace
 */
export async function runForReport(
  traces: readonly InputFile[],
  options: ReportRunOptions,
  version: string,
): Promise<Run[]> {
  if (traces.length === 0) {
    const given = CONDITIONS.find((name) => options[name] !== undefined);
    if (given === undefined) return [];
    throw new InputError(
      `--${given}: applies to traces that report runs, and none is given: rows and studies don't change`,
    );
  }
  const names = traces.map(({ name }) => name);
  const request = createRequest(
    names,
    { ...options, every: "change", columns: COLUMNS, format: "csv", summary: true },
    traces.map(({ path }) => path),
  );
  checkCount(request.jobs.length);
  const worlds = request.worlds ?? 1;
  const directory = temporaryDirectory();
  try {
    const paths = traces.map((_, i) => join(directory, `rows ${i}`));
    const traceOf = (run: number) => Math.floor(run / worlds);
    const jobs = request.jobs.map((job, run) => withRows(job, traces[traceOf(run)] as InputFile, worlds));
    const { runs: made, failed } = await executeRuns({
      ...request,
      jobs,
      rowsTarget: { kind: "files", directory, paths },
    });
    if (failed.length > 0) {
      for (const trace of failed) warnOfTrace(trace);
      throw badTraces(failed, traces.length, "no report is made");
    }
    noteReplacedDriversOf(made);
    const summaries = made.map(({ result }) => result.summary as Summary);
    const labels = runLabels(summaries.filter((_, run) => run % worlds === 0));
    const runs = paths.flatMap((path, i) => readRunsOf(new InputFile(path, names[i] as string), ""));
    return runs.map((run, i) => {
      const [{ job, result }, summary] = [made[i] as MadeRun, summaries[i] as Summary];
      return {
        ...run,
        label: worldLabel(labels[traceOf(i)] as string, request.worlds === null ? null : job.world),
        conditions: {
          trace: summary.trace,
          name: summary.name,
          guest: result.guest,
          policy: policyNamed(job.driver, "--driver"),
          rates: job.rates,
          whatIf: summary.whatIf,
          seed: summary.seed,
          world: job.world,
          version,
          damage: result.damage,
          episodes: result.episodes ?? [],
          notes: summary.notes,
        },
      };
    });
  } finally {
    removeTemporary(directory);
  }
}

/** The job with its rows. The trace may be read from another file than the named one (see `Spool`). */
function withRows(job: Job, { path, name }: InputFile, worlds: number): Job {
  const placement = {
    isNamed: false,
    world: worlds === 1 ? null : job.world,
    last: job.world === worlds,
  };
  const columns = chooseColumns(COLUMNS, policyNamed(job.driver, "--driver")).map((column) => column.name);
  const rows = { columns, format: "csv", choice: "change", sampleUs: null, placement } as const;
  return { ...job, trace: path, shown: name, rows, mostEpisodes: MOST_EPISODES };
}
