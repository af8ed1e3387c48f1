import type { Hypervisor, PageAllocator, Reply } from "../../engine/index.ts";
import type { Answered, NativeFailure, NativeWorker } from "../native/addon.ts";

/** What the owner of the ports wants to hear. */
export interface WorkerPortsEvents {
  /** The worker has answered something: it lives. */
  answered(): void;
  /**
   * A request has failed in a way that the policy knows nothing of, or the policy could not take its answer. It is never
   * answered, so the driver is stuck: all there is left to do is to close the worker.
   */
  failed(failure: NativeFailure | Error): void;
}

/** The engine's ports to the guest's memory and to the host, answered by the native worker. */
export class WorkerPorts implements PageAllocator, Hypervisor {
  readonly #worker: NativeWorker;
  readonly #events: WorkerPortsEvents;

  constructor(worker: NativeWorker, events: WorkerPortsEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  totalPages(reply: Reply): void {
    this.#worker.totalPages(this.#answerTo(reply));
  }

  allocate(count: number, canSleep: boolean, reply: Reply): void {
    this.#worker.allocate(count, canSleep, this.#answerTo(reply));
  }

  free(count: number, custody: number, reply: Reply): void {
    this.#worker.free(count, custody, this.#answerTo(reply));
  }

  start(version: number, reply: Reply): void {
    this.#worker.start(version, this.#answerTo(reply));
  }

  guestId(type: number, reply: Reply): void {
    this.#worker.guestId(type, this.#answerTo(reply));
  }

  getTarget(limit: number, reply: Reply): void {
    this.#worker.getTarget(limit, this.#answerTo(reply));
  }

  lock(count: number, reply: Reply): void {
    this.#worker.lock(count, this.#answerTo(reply));
  }

  unlock(count: number, reply: Reply): void {
    this.#worker.unlock(count, this.#answerTo(reply));
  }

  #answerTo(reply: Reply): Answered {
    return (failure, first, second) => {
      this.#events.answered();
      if (failure !== null) {
        this.#events.failed(failure);
        return;
      }
      try {
        reply(first, second);
      } catch (error) {
        this.#events.failed(error instanceof Error ? error : new Error(String(error)));
      }
    };
  }
}
