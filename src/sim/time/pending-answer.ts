import type { Reply } from "../../engine/index.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "./timeline.ts";

/** The interface through which the ports of a VM answer a request of the driver. */
export interface AnswerPath {
  /** Registers the reply function of a request. */
  expect(reply: Reply): void;
  /** Answers the request with two numbers, the arguments of `Reply`, after `ns` nanoseconds of simulated time. */
  give(first: number, second: number, ns: number): void;
}

/**
 * Delivers the answers of a VM's ports to its driver, after the simulated time that the work took. The driver has at
 * most one pending request, so there is at most one pending answer: two numbers and the event of a slot, which a
 * checkpoint can store.
 */
export class PendingAnswer implements AnswerPath, Archived {
  /** Total processor time of the answers so far, in nanoseconds. */
  workedNs = 0;
  readonly #timeline: Timeline;
  readonly #slot: number;
  #reply: Reply = () => {
    throw new RangeError("no driver waits for an answer");
  };
  #first = 0;
  #second = 0;

  /** @param slot the timeline's slot of pending answers; its event must call `deliver` */
  constructor(timeline: Timeline, slot: number) {
    this.#timeline = timeline;
    this.#slot = slot;
  }

  expect(reply: Reply): void {
    this.#reply = reply;
  }

  /** Answers immediately if `ns` is 0. */
  give(first: number, second: number, ns: number): void {
    if (ns === 0) return this.#reply(first, second);
    this.#first = first;
    this.#second = second;
    this.workedNs += Math.round(ns);
    this.#timeline.after(this.#slot, ns);
  }

  /** Called at the time of the answer. */
  deliver(): void {
    this.#reply(this.#first, this.#second);
  }

  /** Accounts for `times` answers of `ns` nanoseconds to requests of skipped work cycles. */
  skip(times: number, ns: number): void {
    this.workedNs += times * ns;
  }

  archive(a: Archive): void {
    this.workedNs = a.number(this.workedNs);
    this.#first = a.number(this.#first);
    this.#second = a.number(this.#second);
  }
}
