import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { RunError } from "../../../../common/errors.ts";
import { type Answer, resultOf } from "../../../threads/answer.ts";
import { threadFlags } from "../../../threads/flags.ts";
import type { VmScenario } from "../../scenario/types.ts";
import type { VmGroup } from "../vm-group.ts";
import { Cell, type PlainHost, type ThreadData, Turn, type VmObservers } from "./protocol.ts";
import { createSharedRows, orderRows, reportRows } from "./shared-rows.ts";

/** The longest that a thread takes for anything: much longer than any quantum of VMs. A thread that has died never answers. */
const PATIENCE_MS = 120_000;

/** What threads with the VMs of a host are made with. */
export interface ThreadGroupOptions {
  /** Number of threads, at least 1. */
  readonly threads: number;
  readonly world: number;
  readonly observers?: VmObservers | null;
}

/** A thread, and what the host shares with it. */
interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly cells: Int32Array;
  /** VMs that it has to meet. */
  count: number;
}

/**
 * The VMs of a host in threads: the VM of index i is in thread i modulo their number. The host meets them in shared memory, and
 * sleeps until all threads have answered. No result depends on the number of threads.
 */
export class ThreadGroup implements VmGroup {
  readonly #threads: readonly Thread[];
  readonly #orders: readonly Float64Array[];
  readonly #reports: readonly Float64Array[];

  /**
   * @param vms those of the host, in their order
   * @param host from which each thread reads them again
   */
  constructor(vms: readonly VmScenario[], host: PlainHost, options: ThreadGroupOptions) {
    const { world, observers = null } = options;
    const rows = createSharedRows(vms.length);
    this.#orders = orderRows(rows, vms.length);
    this.#reports = reportRows(rows, vms.length);
    const threads = Math.max(1, Math.min(options.threads, vms.length));
    this.#threads = Array.from({ length: threads }, () => startThread(vms.length, { host, world, observers, ...rows }));
    for (const thread of this.#threads) this.#wait(thread);
  }

  orderOf(vm: number): Float64Array {
    return this.#orders[vm] as Float64Array;
  }

  reportOf(vm: number): Float64Array {
    return this.#reports[vm] as Float64Array;
  }

  meet(vms: readonly number[]): void {
    const threads = this.#threads;
    for (const vm of vms) {
      const thread = threads[vm % threads.length] as Thread;
      thread.cells[Cell.First + thread.count++] = vm;
    }
    this.#turn(Turn.Meet, ({ count }) => count > 0);
  }

  check(): void {
    this.#turn(Turn.Check, () => true);
  }

  close(): void {
    this.#turn(Turn.Close, () => true);
  }

  /** Threads do something; the host waits for all of them. */
  #turn(turn: number, isConcerned: (thread: Thread) => boolean): void {
    const concerned = this.#threads.filter(isConcerned);
    for (const thread of concerned) {
      thread.cells[Cell.Count] = thread.count;
      thread.count = 0;
      Atomics.store(thread.cells, Cell.Turn, turn);
      Atomics.notify(thread.cells, Cell.Turn);
    }
    for (const thread of concerned) this.#wait(thread);
  }

  /** @throws the error with which the thread has ended */
  #wait({ cells, port }: Thread): void {
    for (let turn = Atomics.load(cells, Cell.Turn); turn !== Turn.Host; turn = Atomics.load(cells, Cell.Turn)) {
      if (Atomics.wait(cells, Cell.Turn, turn, PATIENCE_MS) !== "timed-out") continue;
      this.#end();
      throw new RunError(
        "a thread of VMs does not answer: it has ended, for want of memory perhaps; use fewer --workers",
      );
    }
    const received = receiveMessageOnPort(port);
    if (received === undefined) return;
    const answer = received.message as Answer<null>;
    if (!answer.ok) this.#end();
    resultOf(answer);
  }

  #end(): void {
    for (const { worker } of this.#threads) worker.terminate().catch(() => {});
  }
}

function startThread(vms: number, data: Omit<ThreadData, "cells" | "port">): Thread {
  const cells = new Int32Array(new SharedArrayBuffer(4 * (Cell.First + vms)));
  const { port1: port, port2: theirs } = new MessageChannel();
  // Until it has read the host.
  Atomics.store(cells, Cell.Turn, Turn.Check);
  const worker = new Worker(new URL("./vm-worker.js", import.meta.url), {
    execArgv: threadFlags(),
    workerData: { ...data, cells: cells.buffer as SharedArrayBuffer, port: theirs } satisfies ThreadData,
    transferList: [theirs],
  });
  // Errors are answers; this one keeps the process from ending without a message.
  worker.on("error", () => {});
  worker.unref();
  port.unref();
  return { worker, port, cells, count: 0 };
}
