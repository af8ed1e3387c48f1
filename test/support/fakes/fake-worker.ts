import { Capability, type Reply } from "../../../src/engine/index.ts";
import type { Answered, NativeFailure, NativeWorker, WorkerCounters } from "../../../src/hw/native/addon.ts";
import type { PageWorld } from "../worlds/page-world.ts";
import { RunPorts } from "../worlds/run-ports.ts";

/** The counters of a worker that has done nothing. */
export const NO_COUNTERS: WorkerCounters = {
  commands: 0,
  capabilities: Capability.Basic,
  granted: Capability.Basic,
  populatedPages: 0,
  pinnedPages: 0,
  deferredPages: 0,
  largePages: 0,
  largeRefusals: 0,
  exchangeRefusals: 0,
  exchangeShortages: 0,
  floorHits: 0,
  psiHits: 0,
  watermarkHits: 0,
  arenaHits: 0,
  unreadableHits: 0,
};

/** A native worker over a world of single pages: it answers in order, when it is told to. */
export class FakeWorker implements NativeWorker {
  readonly pin = "io_uring";
  readonly ioPermission = "ioperm";
  /** What was called, in order. */
  readonly calls: string[] = [];
  readonly ports: RunPorts;
  /** The next call fails in this way. */
  failure: NativeFailure | null = null;
  limits: readonly [floorPages: number, psiFullLimit: number] | null = null;
  figures: WorkerCounters = NO_COUNTERS;
  #piece = Number.POSITIVE_INFINITY;
  isClosed = false;
  readonly #queue: (() => void)[] = [];

  constructor(world: PageWorld) {
    this.ports = new RunPorts(world);
  }

  /** Most pages that a call to lock, unlock, free or release does before it answers. */
  get piece(): number {
    return this.#piece;
  }

  set piece(pages: number) {
    this.#piece = pages;
    this.ports.offers = pages;
  }

  /** Answers the oldest call that is waiting; false if there is none. */
  answerOne(): boolean {
    const next = this.#queue.shift();
    next?.();
    return next !== undefined;
  }

  /** Answers until nothing waits. */
  settle(): void {
    while (this.answerOne());
  }

  totalPages(answered: Answered): void {
    this.#call("totalPages", answered, (reply) => this.ports.totalPages(reply));
  }

  allocate(count: number, canSleep: boolean, answered: Answered): void {
    this.#call(`allocate ${count}${canSleep ? " sleeping" : ""}`, answered, (reply) =>
      this.ports.allocate(count, canSleep, reply),
    );
  }

  free(count: number, custody: number, answered: Answered): void {
    this.#call(`free ${count}`, answered, (reply) => reply(this.ports.freeSome(count, custody, this.piece), 0));
  }

  release(answered: Answered): void {
    this.#call("release", answered, (reply) => reply(this.ports.release(this.piece), 0));
  }

  start(version: number, answered: Answered): void {
    this.#call("start", answered, (reply) => this.ports.start(version, reply));
  }

  guestId(type: number, answered: Answered): void {
    this.#call("guestId", answered, (reply) => this.ports.guestId(type, reply));
  }

  getTarget(limit: number, answered: Answered): void {
    this.#call("getTarget", answered, (reply) => this.ports.getTarget(limit, reply));
  }

  lock(count: number, answered: Answered): void {
    this.#call(`lock ${count}`, answered, (reply) => this.ports.lock(count, reply));
  }

  unlock(count: number, answered: Answered): void {
    this.#call(`unlock ${count}`, answered, (reply) => this.ports.unlock(count, reply));
  }

  setLimits(floorPages: number, psiFullLimit: number): void {
    this.limits = [floorPages, psiFullLimit];
  }

  counters(): WorkerCounters {
    return this.figures;
  }

  close(answered: Answered): void {
    this.#call("close", answered, (reply) => {
      this.isClosed = true;
      reply(0, 0);
    });
  }

  #call(what: string, answered: Answered, work: (reply: Reply) => void): void {
    this.calls.push(what);
    const { failure } = this;
    this.failure = null;
    this.#queue.push(() => {
      if (failure !== null) answered(failure, 0, 0);
      else work((first, second) => answered(null, first, second));
    });
  }
}
