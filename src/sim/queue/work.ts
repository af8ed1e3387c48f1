/** Kinds of work that go through a queue: a study's runs, or the runs of `balloon-sim run`. */

/** The data that all tasks of a study share, as the coordinator stores it for the workers. */
export interface WorkSetup {
  /** Name of the kind of work. */
  readonly kind: string;
  /** The data, as JSON in the format of the kind of work. */
  readonly text: string;
  /** SHA-256 of the texts, such as traces, that all tasks need. */
  readonly texts: readonly string[];
}

/** Reads a text that the coordinator has stored. @throws {Error} if Redis no longer has it, because the study has ended */
export type TextOf = (sha256: string) => Promise<string>;

/** A kind of work that a worker can execute. */
export interface WorkKind {
  readonly name: string;
  /** Starts the work of a study on `threads` new threads. */
  start(setup: WorkSetup, textOf: TextOf, threads: number): Promise<Work>;
}

/** The work of one study on a worker. */
export interface Work {
  /**
   * Executes the runs of a task, in parallel with those of other tasks.
   * @param task a task, as text in the format of the kind of work
   * @throws {InputError | RunError} if the task would fail on every worker
   */
  make(task: string): Promise<WorkDone>;
  /** Terminates the threads, even during a task. */
  stop(): Promise<void>;
}

/** A completed task. */
export interface WorkDone {
  /** The results, as text in the format of the kind of work. */
  readonly answer: string;
  readonly runs: number;
  readonly failedRuns: number;
}
