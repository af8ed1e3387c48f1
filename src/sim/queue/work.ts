/** Kinds of work that go through a queue: a study's runs, or the runs of `balloon-sim run`. */

/** The data that all tasks of a study share, as the coordinator stores it for the workers. */
export interface WorkSetup {
  /** Name of the kind of work. */
  readonly kind: string;
  /** JSON of the kind's own. */
  readonly text: string;
  /** SHA-256 of the texts, such as traces, that all tasks need. */
  readonly texts: readonly string[];
}

/** Reads a text that the coordinator has stored. @throws {Error} if the text is gone: the study has ended meanwhile */
export type TextOf = (sha256: string) => Promise<string>;

/** A kind of work, as a worker needs it. */
export interface WorkKind {
  readonly name: string;
  /** Begins the work of a study on `threads` threads of its own. */
  start(setup: WorkSetup, textOf: TextOf, threads: number): Promise<Work>;
}

/** The work of one study on a worker. */
export interface Work {
  /**
   * Executes the runs of a task, at the same time as those of other tasks.
   * @param task a task of the kind, as text
   * @throws {InputError | RunError} if the task would fail on every worker
   */
  make(task: string): Promise<WorkDone>;
  /** Terminates the threads, even during a task. */
  stop(): Promise<void>;
}

/** A finished task. */
export interface WorkDone {
  /** The results, as text of the kind's own. */
  readonly answer: string;
  readonly runs: number;
  readonly failedRuns: number;
}
