import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { threadFlags } from "../../threads/flags.ts";
import type { Answer, Request, ThreadData } from "./protocol.ts";
import { Turn } from "./protocol.ts";
import { ViewWriter } from "./shared-view.ts";

/** Limits of time. */
export interface Limits {
  /** That a module may take to load, beginning with the start of a thread. */
  readonly loadMs: number;
  /** That a call of a policy may take. */
  readonly callMs: number;
}

export const LIMITS: Limits = { loadMs: 15_000, callMs: 5000 };

/** A call that the policy has not necessarily answered yet. */
export interface PendingCall {
  /** Waits for the answer for a short time, asleep. @returns whether `take` returns at once */
  isOver(): boolean;
  /** Waits for the answer. @returns null if there was none in time: the thread is given up */
  take(): Answer | null;
}

/** A wait in which signals have no effect, in milliseconds. */
const SHORT_WAIT_MS = 50;

/**
 * A thread in which the module of a policy lives, so that the policy can be given up when it hangs. Its caller waits for each
 * answer, asleep, without its event loop. The thread ends with the process, or when it has not answered in time.
 */
export class PolicyThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #cell: Int32Array;
  readonly limits: Limits;
  /** Writes the views of calls. */
  readonly views = new ViewWriter();
  /** Whether it has been given up. */
  #isGivenUp = false;
  /** The last call. */
  #last: PendingCall | null = null;

  /** @param href address of the module, which the thread begins to load */
  constructor(href: string, limits: Limits) {
    this.limits = limits;
    const turn = new SharedArrayBuffer(4);
    this.#cell = new Int32Array(turn);
    const { port1: ours, port2: theirs } = new MessageChannel();
    this.#port = ours;
    // The first answer, without a request, is that the module is loaded.
    Atomics.store(this.#cell, 0, Turn.Policy);
    this.#worker = new Worker(new URL("./own-policy-worker.js", import.meta.url), {
      execArgv: threadFlags(),
      workerData: { href, turn, port: theirs } satisfies ThreadData,
      transferList: [theirs],
    });
    // A thread that fails outside of a call does not answer the next one.
    this.#worker.on("error", () => {});
    this.#worker.unref();
  }

  /** Waits until the module is loaded. @returns the answer to that; null if there was none in time: the thread is given up */
  loaded(): Answer | null {
    return this.#answerUntil(performance.now() + this.limits.loadMs);
  }

  /** Calls the policy, which answers one call after the other: waits for the answer to the call before. */
  call(request: Request): PendingCall {
    this.#last?.take();
    if (!this.#isGivenUp) {
      this.#port.postMessage(request);
      Atomics.store(this.#cell, 0, Turn.Policy);
      Atomics.notify(this.#cell, 0);
    }
    const untilMs = performance.now() + this.limits.callMs;
    let answer: Answer | null | undefined;
    this.#last = {
      isOver: () => {
        if (answer !== undefined || this.#isGivenUp || performance.now() >= untilMs) return true;
        return this.#waitUntil(performance.now() + SHORT_WAIT_MS);
      },
      take: () => {
        if (answer === undefined) answer = this.#isGivenUp ? null : this.#answerUntil(untilMs);
        return answer;
      },
    };
    return this.#last;
  }

  /** Ends the thread, even during a call. */
  end(): void {
    this.#isGivenUp = true;
    this.#worker.terminate().catch(() => {});
  }

  /** @returns whether there is an answer */
  #waitUntil(ms: number): boolean {
    // A wait may end before its time: with the thread's notice of the answer before, if that comes late.
    while (Atomics.load(this.#cell, 0) === Turn.Policy) {
      const leftMs = ms - performance.now();
      if (leftMs <= 0) return false;
      Atomics.wait(this.#cell, 0, Turn.Policy, leftMs);
    }
    return true;
  }

  #answerUntil(ms: number): Answer | null {
    const received = this.#waitUntil(ms) ? receiveMessageOnPort(this.#port) : undefined;
    if (received !== undefined) return received.message as Answer;
    this.end();
    return null;
  }
}
