import { type Hypervisor, type PageAllocator, type Reply, Status } from "../../engine/index.ts";
import type { Answered, NativeFailure, NativeWorker } from "../native/addon.ts";
import { type HostCommand, HostStatuses } from "./host-statuses.ts";

/**
 * START's answer of hosts that offer capabilities (`VMW_BALLOON_SUCCESS_WITH_CAPABILITIES` of mainline's driver). Only the
 * basic commands are asked for, which it grants: a success.
 */
const SUCCESS_WITH_CAPABILITIES = 0x0300_0000;

/** What the owner of the ports wants to hear. */
export interface WorkerPortsEvents {
  /** The worker has answered something: it lives. */
  answered(): void;
  /** The machine has this much RAM now, in pages; told each cycle, since memory can be added and taken away. */
  memory(pages: number): void;
  /**
   * A request has failed in a way that the policy knows nothing of, or the policy could not take its answer. It is never
   * answered, so the driver is stuck: all there is left to do is to close the worker.
   */
  failed(failure: NativeFailure | Error): void;
}

/**
 * The engine's ports to the guest's memory and to the host, answered by the native worker. The worker does a large request
 * in pieces of some milliseconds: the engine gets one answer, the owner hears of every piece, and `halt` ends it after any.
 */
export class WorkerPorts implements PageAllocator, Hypervisor {
  /** What the host has refused. */
  readonly statuses = new HostStatuses();
  readonly #worker: NativeWorker;
  readonly #events: WorkerPortsEvents;
  #isHalted = false;

  constructor(worker: NativeWorker, events: WorkerPortsEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  /** Asks the worker for nothing more. A request that is out is never answered. */
  halt(): void {
    this.#isHalted = true;
  }

  totalPages(reply: Reply): void {
    this.#worker.totalPages(
      this.#answerTo((pages) => {
        this.#events.memory(pages);
        reply(pages, 0);
      }),
    );
  }

  allocate(count: number, canSleep: boolean, reply: Reply): void {
    this.#worker.allocate(count, canSleep, this.#answerTo(reply));
  }

  free(count: number, custody: number, reply: Reply): void {
    this.#worker.free(
      count,
      custody,
      this.#answerTo((freed) => {
        if (freed < count) this.free(count - freed, custody, reply);
        else reply(0, 0);
      }),
    );
  }

  start(version: number, reply: Reply): void {
    this.#worker.start(
      version,
      this.#statusTo("start", (status) => reply(status === SUCCESS_WITH_CAPABILITIES ? Status.Success : status, 0)),
    );
  }

  guestId(type: number, reply: Reply): void {
    this.#worker.guestId(type, this.#statusTo("guest_id", reply));
  }

  getTarget(limit: number, reply: Reply): void {
    this.#worker.getTarget(limit, this.#statusTo("get_target", reply));
  }

  lock(count: number, reply: Reply): void {
    this.#offer("lock", count, 0, reply);
  }

  unlock(count: number, reply: Reply): void {
    this.#offer("unlock", count, 0, reply);
  }

  /** @param before pages that were accepted in earlier pieces */
  #offer(command: "lock" | "unlock", count: number, before: number, reply: Reply): void {
    this.#worker[command](
      count,
      this.#answerTo((accepted, status) => {
        this.statuses.note(command, status);
        if (accepted < count && status === Status.Success) {
          this.#offer(command, count - accepted, before + accepted, reply);
        } else {
          reply(before + accepted, status);
        }
      }),
    );
  }

  #statusTo(command: HostCommand, reply: Reply): Answered {
    return this.#answerTo((status, second) => {
      if (status !== SUCCESS_WITH_CAPABILITIES) this.statuses.note(command, status);
      reply(status, second);
    });
  }

  #answerTo(reply: Reply): Answered {
    return (failure, first, second) => {
      this.#events.answered();
      if (this.#isHalted) return;
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
