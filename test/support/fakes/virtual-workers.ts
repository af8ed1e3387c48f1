import { setImmediate as turn } from "node:timers/promises";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import type { Evaluator } from "../../../src/sim/tune/study/evaluator.ts";
import type { RunResult, RunTask } from "../../../src/sim/tune/study/runner.ts";

/** How long things take, in microseconds of virtual time. */
export interface WorkerTimes {
  /** Time of one run. */
  readonly runUs: (task: RunTask) => number;
  /** Time of a message from the coordinator to a worker, or back. */
  readonly latencyUs: number;
}

/** A call of `run`: tasks, and the results that have come for them. */
interface Call {
  readonly tasks: readonly RunTask[];
  readonly results: (RunResult | undefined)[];
  readonly deliver: (result: RunResult) => void;
  readonly isOver: () => boolean;
  readonly done: () => void;
  begun: number;
  delivered: number;
}

/**
 * Workers of a queue in virtual time: each makes one run at a time, and asks for the next one when the coordinator has its
 * result. Runs are not made: `valuesOf` says what they come to.
 */
export class VirtualWorkers implements Evaluator {
  /** Time that workers have spent on runs, in all. */
  busyUs = 0;
  readonly #timeline = new Timeline();
  readonly #times: WorkerTimes;
  readonly #resultOf: (task: RunTask) => RunResult;
  /** What each worker works on; null: it is idle. */
  readonly #work: ({ readonly call: Call; readonly index: number } | null)[];
  readonly #calls: Call[] = [];

  constructor(workers: number, times: WorkerTimes, resultOf: (task: RunTask) => RunResult) {
    this.#timeline.reserve(workers);
    this.#times = times;
    this.#resultOf = resultOf;
    this.#work = new Array(workers).fill(null);
  }

  get nowUs(): number {
    return this.#timeline.nowUs;
  }

  get workers(): number {
    return this.#work.length;
  }

  run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver = () => false): Promise<void> {
    return new Promise((done) => {
      const results = new Array<RunResult | undefined>(tasks.length).fill(undefined);
      this.#calls.push({ tasks, results, deliver, isOver, done, begun: 0, delivered: 0 });
      this.#assign();
    });
  }

  /** Lets virtual time go on until the work is done. */
  async drive(work: Promise<void>): Promise<void> {
    let isDone = false;
    const ended = work.finally(() => {
      isDone = true;
    });
    ended.catch(() => {});
    for (await turn(); !isDone; await turn()) {
      const worker = this.#timeline.next();
      if (worker < 0) throw new Error("the work waits, and no run is under way");
      this.#finish(worker);
    }
    await ended;
  }

  async stop(): Promise<void> {}

  #assign(): void {
    this.#work.forEach((work, worker) => {
      if (work !== null) return;
      const call = this.#calls.find(({ begun, tasks }) => begun < tasks.length);
      if (call === undefined || call.isOver()) return;
      const index = call.begun++;
      const runUs = this.#times.runUs(call.tasks[index] as RunTask);
      this.busyUs += runUs;
      this.#work[worker] = { call, index };
      this.#timeline.at(worker, this.#timeline.nowUs + runUs + 2 * this.#times.latencyUs);
    });
  }

  #finish(worker: number): void {
    const { call, index } = this.#work[worker] as { call: Call; index: number };
    this.#work[worker] = null;
    call.results[index] = this.#resultOf(call.tasks[index] as RunTask);
    for (let next = call.results[call.delivered]; next !== undefined; next = call.results[call.delivered]) {
      call.delivered++;
      call.deliver(next);
    }
    if (call.delivered === call.tasks.length) {
      this.#calls.splice(this.#calls.indexOf(call), 1);
      call.done();
    }
    this.#assign();
  }
}

/** Times drawn evenly on a logarithmic scale, the same for equal rates. */
export function logUniformUs(leastUs: number, mostUs: number): (task: RunTask) => number {
  return ({ rates, trace, world }) => {
    const draw = randomStream(`${Object.values(rates).join()} ${trace} ${world}`, "duration");
    return Math.round(leastUs * (mostUs / leastUs) ** draw());
  };
}
