import { Exposition } from "../../common/metrics/exposition.ts";
import { type ModelId, modelText } from "./model-id.ts";

/** Counters of a worker for one study. */
interface StudyFigures {
  tasks: number;
  runs: number;
  failedRuns: number;
  failedTasks: number;
  /** Total duration of the runs, in milliseconds. */
  ms: number;
}

/** Maximum number of studies with counters, so that the memory of a worker that runs for months does not grow. */
const MAX_STUDIES = 100;

/** Counts a worker's tasks and runs, by study. */
export class WorkerFigures {
  readonly #model: ModelId;
  readonly #threads: number;
  readonly #studies = new Map<string, StudyFigures>();

  constructor(model: ModelId, threads: number) {
    this.#model = model;
    this.#threads = threads;
  }

  /**
   * Counts a completed task.
   * @param runs number of its runs, with the failed ones
   * @param ms its duration on one thread, in milliseconds
   */
  note(study: string, runs: number, failedRuns: number, ms: number): void {
    const figures = this.#of(study);
    figures.tasks++;
    figures.runs += runs;
    figures.failedRuns += failedRuns;
    figures.ms += ms;
  }

  /** Counts a task that failed with an error. */
  noteFailure(study: string): void {
    this.#of(study).failedTasks++;
  }

  /** The counters of a study, as the end of a message; empty if the worker completed no task of it. */
  text(study: string): string {
    const { tasks, runs, ms } = this.#of(study);
    return tasks === 0 ? "" : `; tasks ${tasks}, runs ${runs}, ${(ms / 1000).toFixed(1)} s in runs`;
  }

  /** All figures in Prometheus' text format. */
  get metrics(): string {
    const samples = (value: (figures: StudyFigures) => number) =>
      [...this.#studies].map(([study, figures]) => ({ labels: { study }, value: value(figures) }));
    const { version, hash } = this.#model;
    return new Exposition()
      .info("balloon_sim_worker_info", "Version and model of the worker.", { version, model: hash })
      .gauge("balloon_sim_worker_threads", "Number of runs that the worker executes in parallel.", this.#threads)
      .samples(
        "counter",
        "balloon_sim_worker_tasks_total",
        "Tasks that the worker completed.",
        samples(({ tasks }) => tasks),
      )
      .samples(
        "counter",
        "balloon_sim_worker_task_failures_total",
        "Tasks that failed with an error and have no results.",
        samples(({ failedTasks }) => failedTasks),
      )
      .samples(
        "counter",
        "balloon_sim_worker_runs_total",
        "Runs that the worker executed.",
        samples(({ runs }) => runs),
      )
      .samples(
        "counter",
        "balloon_sim_worker_run_failures_total",
        "Runs that failed. A failed run is a result of its study.",
        samples(({ failedRuns }) => failedRuns),
      )
      .samples(
        "counter",
        "balloon_sim_worker_run_seconds_total",
        "Sum of the wall-clock durations of all runs, over all threads.",
        samples(({ ms }) => Math.round(ms * 1000) / 1e6),
      ).text;
  }

  #of(study: string): StudyFigures {
    let figures = this.#studies.get(study);
    if (figures === undefined) {
      figures = { tasks: 0, runs: 0, failedRuns: 0, failedTasks: 0, ms: 0 };
      this.#studies.set(study, figures);
      const [oldest] = this.#studies.keys();
      if (this.#studies.size > MAX_STUDIES && oldest !== undefined) this.#studies.delete(oldest);
    }
    return figures;
  }
}

/** The threads and the model of a worker, for its first message. */
export const workerText = (model: ModelId, threads: number): string =>
  `${threads} ${threads === 1 ? "thread" : "threads"}, model ${modelText(model)}`;
