import type { Pages } from "../../common/units.ts";
import {
  type AllocateReply,
  type BatchReply,
  Capability,
  type FreeReply,
  type Hypervisor,
  type PageAllocator,
  type Reply,
  Status,
  type StatusReply,
  SUCCESS_WITH_CAPABILITIES,
  type TargetReply,
  type TotalPagesReply,
} from "../../engine/index.ts";
import type { Answered, NativeFailure, NativeWorker } from "../native/addon.ts";
import { type HostCommand, HostStatuses } from "./host-statuses.ts";

/** The engine computes with 32 bits, as the driver does. */
const MAX_PAGES = 0xffff_ffff;

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

/** What an owner makes of the host's target, and whether a cycle may go on to allocate. */
export interface Steered {
  /** The policy's target in place of the host's; called once for each answer to GET_TARGET. */
  steer(hostTarget: Pages): Pages;
  /** Whether the cycle in progress may allocate further pages; if not, its next allocation fails. */
  mayGrow(): boolean;
}

/** The policy follows the host. */
export const UNSTEERED: Steered = { steer: (hostTarget) => hostTarget, mayGrow: () => true };

/**
 * The engine's ports to the guest's memory and to the host, answered by the native worker. The worker processes a large
 * request in pieces of some milliseconds: the engine gets one answer, the owner is notified of every piece, and `halt`
 * ends the request after any piece.
 *
 * The engine knows the driver's protocol only. Its START asks for capabilities here, the native worker uses them for the
 * runs of LOCK and UNLOCK, and targets of more than 32 bits are those that the engine can reach.
 */
export class WorkerPorts implements PageAllocator, Hypervisor {
  /** The host's answers other than SUCCESS. */
  readonly statuses = new HostStatuses();
  readonly #worker: NativeWorker;
  readonly #events: WorkerPortsEvents;
  readonly #wanted: number;
  readonly #steered: Steered;
  /** Whether the host tells and takes sizes of more than 32 bits. */
  #hasLongSizes = false;
  #totalPages: Pages = 0;
  #hostTarget: Pages = 0;
  /** As the worker's counter was at the last answer to UNLOCK. */
  #exchangeRefusals = 0;
  #isHalted = false;

  /** @param wanted capabilities that START asks for (`Capability`) */
  constructor(worker: NativeWorker, events: WorkerPortsEvents, wanted: number, steered: Steered = UNSTEERED) {
    this.#worker = worker;
    this.#events = events;
    this.#wanted = wanted;
    this.#steered = steered;
  }

  /** The target that the host has named last. */
  get hostTarget(): Pages {
    return this.#hostTarget;
  }

  /** Ends requests to the worker. A pending request is never answered. */
  halt(): void {
    this.#isHalted = true;
  }

  totalPages(reply: TotalPagesReply): void {
    this.#worker.totalPages(
      this.#answerTo((pages) => {
        this.#events.memory(pages);
        this.#totalPages = pages;
        reply(this.#hasLongSizes ? Math.min(pages, MAX_PAGES) : pages, 0);
      }),
    );
  }

  allocate(count: Pages, canSleep: boolean, reply: AllocateReply): void {
    if (this.#steered.mayGrow()) this.#worker.allocate(count, canSleep, this.#answerTo(reply));
    else reply(0, 1);
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
    const wanted = version | this.#wanted;
    const start = (asked: number, refused: (status: number) => void): void => this.#start(asked, reply, refused);
    const fail = (status: number): void => reply(status, 0);
    if (wanted === version) {
      start(version, fail);
      return;
    }
    // A host that does not know capabilities may refuse them, and so does a host that is not ready: only if it then accepts
    // the basic commands, and refuses the capabilities again, they are the reason.
    start(wanted, () => {
      this.#start(version, () => start(wanted, () => start(version, fail)), fail);
    });
  }

  /** Sends START; calls `reply` with success if the host accepts it, else `refused`. */
  #start(wanted: number, reply: StatusReply, refused: (status: number) => void): void {
    this.#worker.start(
      wanted,
      this.#statusTo("start", (status, capabilities) => {
        if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) return refused(status);
        this.#hasLongSizes = (capabilities & Capability.Target64) !== 0;
        reply(Status.Success, 0);
      }),
    );
  }

  guestId(type: number, reply: StatusReply): void {
    this.#worker.guestId(type, this.#statusTo("guest_id", reply));
  }

  getTarget(limit: Pages, reply: TargetReply): void {
    const hasLongSizes = this.#hasLongSizes;
    this.#worker.getTarget(
      hasLongSizes ? this.#totalPages : limit,
      this.#statusTo("get_target", (status, target) => {
        if (status !== Status.Success) return reply(status, target);
        this.#hostTarget = hasLongSizes ? Math.min(target, MAX_PAGES) : target;
        reply(status, this.#steered.steer(this.#hostTarget));
      }),
    );
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
        if (status !== Status.Success) this.statuses.note(this.#refusedCommand(command), status);
        if (accepted < count && status === Status.Success) {
          this.#offer(command, count - accepted, before + accepted, reply);
        } else {
          reply(before + accepted, status);
        }
      }),
    );
  }

  /** The command whose answer is a refusal: to unlock a part of a page of 2 MiB, the worker first locks others in exchange. */
  #refusedCommand(command: "lock" | "unlock"): "lock" | "unlock" {
    if (command === "lock") return command;
    const { exchangeRefusals } = this.#worker.counters();
    const isExchange = exchangeRefusals !== this.#exchangeRefusals;
    this.#exchangeRefusals = exchangeRefusals;
    return isExchange ? "lock" : "unlock";
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
