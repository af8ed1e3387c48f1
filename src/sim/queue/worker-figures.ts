import { Exposition } from "../../common/metrics/exposition.ts";
import { type ModelId, modelText } from "./model-id.ts";

/** What a worker has done for a study. */
interface StudyFigures {
  tasks: number;
  runs: number;
  failedRuns: number;
  failedTasks: number;
  /** How long the runs took, one after the other, in milliseconds. */
  ms: number;
}

/** Studies whose figures are kept: a worker that runs for months must not grow. */
const MAX_STUDIES = 100;

/** Counts what a worker does, by study. */
export class WorkerFigures {
  readonly #model: ModelId;
  readonly #threads: number;
  readonly #studies = new Map<string, StudyFigures>();

  constructor(model: ModelId, threads: number) {
    this.#model = model;
    this.#threads = threads;
  }

  /** Counts a task with so many runs, some of which may have failed, that took so long on one thread. */
  note(study: string, runs: number, failedRuns: number, ms: number): void {
    const figures = this.#of(study);
    figures.tasks++;
    figures.runs += runs;
    figures.failedRuns += failedRuns;
    figures.ms += ms;
  }

  /** Counts a task that ended with an error instead of results. */
  noteFailure(study: string): void {
    this.#of(study).failedTasks++;
  }

  /** What was done for a study, for people. */
  text(study: string): string {
    const { tasks, runs, ms } = this.#of(study);
    return `tasks ${tasks}, runs ${runs}, ${(ms / 1000).toFixed(1)} s of simulation`;
  }

  /** All figures in Prometheus' text format. */
  get metrics(): string {
    const samples = (value: (figures: StudyFigures) => number) =>
      [...this.#studies].map(([study, figures]) => ({ labels: { study }, value: value(figures) }));
    const { version, hash } = this.#model;
    return new Exposition()
      .info("balloon_sim_worker_info", "Version and model of the worker.", { version, model: hash })
      .gauge("balloon_sim_worker_threads", "Runs that the worker makes at the same time.", this.#threads)
      .samples(
        "counter",
        "balloon_sim_worker_tasks_total",
        "Tasks that were done.",
        samples(({ tasks }) => tasks),
      )
      .samples(
        "counter",
        "balloon_sim_worker_task_failures_total",
        "Tasks that ended with an error instead of results.",
        samples(({ failedTasks }) => failedTasks),
      )
      .samples(
        "counter",
        "balloon_sim_worker_runs_total",
        "Simulations that were made.",
        samples(({ runs }) => runs),
      )
      .samples(
        "counter",
        "balloon_sim_worker_run_failures_total",
        "Simulations that failed, which is a result of a study.",
        samples(({ failedRuns }) => failedRuns),
      )
      .samples(
        "counter",
        "balloon_sim_worker_run_seconds_total",
        "Time that simulations took, by the clock, added up over the threads.",
        samples(({ ms }) => ms / 1000),
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

/** A worker's model, for its first line. */
export const workerText = (model: ModelId, threads: number): string =>
  `${threads} ${threads === 1 ? "thread" : "threads"}, model ${modelText(model)}`;
