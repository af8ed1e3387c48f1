import type { Pages } from "../../common/units.ts";
import {
  type AllocateReply,
  type BatchReply,
  type FreeReply,
  type Hypervisor,
  type PageAllocator,
  type Reply,
  Status,
  type StatusReply,
  type TargetReply,
  type TotalPagesReply,
} from "../../engine/index.ts";
import type { Answered, NativeFailure, NativeWorker } from "../native/addon.ts";
import { type HostCommand, HostStatuses } from "./host-statuses.ts";

/**
 * Answer to START of hosts that offer capabilities (`VMW_BALLOON_SUCCESS_WITH_CAPABILITIES` of mainline's driver). The
 * daemon requests only the basic commands, which this status grants: it counts as success.
 */
const SUCCESS_WITH_CAPABILITIES = 0x0300_0000;

/** Notifications of the ports to their owner. */
export interface WorkerPortsEvents {
  /** The worker has answered. */
  answered(): void;
  /** The machine's present RAM, in pages; called each cycle, because memory can be added and removed. */
  memory(pages: Pages): void;
  /**
   * A request has failed in a way that the policy does not handle, or the policy has refused its answer. The request is
   * never answered, so the driver can't continue: the owner must close the worker.
   */
  failed(failure: NativeFailure | Error): void;
}

/**
 * The engine's ports to the guest's memory and to the host, answered by the native worker. The worker processes a large
 * request in pieces of some milliseconds: the engine gets one answer, the owner is notified of every piece, and `halt`
 * ends the request after any piece.
 */
export class WorkerPorts implements PageAllocator, Hypervisor {
  /** The host's answers other than SUCCESS. */
  readonly statuses = new HostStatuses();
  readonly #worker: NativeWorker;
  readonly #events: WorkerPortsEvents;
  #isHalted = false;

  constructor(worker: NativeWorker, events: WorkerPortsEvents) {
    this.#worker = worker;
    this.#events = events;
  }

  /** Ends requests to the worker. A pending request is never answered. */
  halt(): void {
    this.#isHalted = true;
  }

  totalPages(reply: TotalPagesReply): void {
    this.#worker.totalPages(
      this.#answerTo((pages) => {
        this.#events.memory(pages);
        reply(pages, 0);
      }),
    );
  }

  allocate(count: Pages, canSleep: boolean, reply: AllocateReply): void {
    this.#worker.allocate(count, canSleep, this.#answerTo(reply));
  }

  free(count: Pages, custody: number, reply: FreeReply): void {
    this.#worker.free(
      count,
      custody,
      this.#answerTo((freed) => {
        if (freed < count) this.free(count - freed, custody, reply);
        else reply(0, 0);
      }),
    );
  }

  start(version: number, reply: StatusReply): void {
    this.#worker.start(
      version,
      this.#statusTo("start", (status) => reply(status === SUCCESS_WITH_CAPABILITIES ? Status.Success : status, 0)),
    );
  }

  guestId(type: number, reply: StatusReply): void {
    this.#worker.guestId(type, this.#statusTo("guest_id", reply));
  }

  getTarget(limit: Pages, reply: TargetReply): void {
    this.#worker.getTarget(limit, this.#statusTo("get_target", reply));
  }

  lock(count: Pages, reply: BatchReply): void {
    this.#offer("lock", count, 0, reply);
  }

  unlock(count: Pages, reply: BatchReply): void {
    this.#offer("unlock", count, 0, reply);
  }

  /** @param before pages that were accepted in earlier pieces */
  #offer(command: "lock" | "unlock", count: Pages, before: Pages, reply: BatchReply): void {
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
