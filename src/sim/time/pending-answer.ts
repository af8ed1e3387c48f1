import type { Reply } from "../../engine/index.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "./timeline.ts";

/** Where the ports of a VM leave the answer to a request. */
export interface AnswerPath {
  /** A request has come, and its answer is for `reply`. */
  expect(reply: Reply): void;
  /** Answers the request with two numbers, as `Reply` has them, after `ns` nanoseconds of simulated time. */
  give(first: number, second: number, ns: number): void;
}

/**
 * Brings the answers of a VM's ports to its driver, after the simulated time that the work took. The driver has one request
 * out at a time, so one answer is on its way at most: two numbers and the event of a slot, which a checkpoint can keep.
 */
export class PendingAnswer implements AnswerPath, Archived {
  /** Nanoseconds of processor time that answers took so far. */
  workedNs = 0;
  readonly #timeline: Timeline;
  readonly #slot: number;
  #reply: Reply = () => {
    throw new RangeError("no driver waits for an answer");
  };
  #first = 0;
  #second = 0;

  /** @param slot the timeline's slot of answers that are on their way; its event is to call `deliver` */
  constructor(timeline: Timeline, slot: number) {
    this.#timeline = timeline;
    this.#slot = slot;
  }

  expect(reply: Reply): void {
    this.#reply = reply;
  }

  /** At once where `ns` is 0. */
  give(first: number, second: number, ns: number): void {
    if (ns === 0) return this.#reply(first, second);
    this.#first = first;
    this.#second = second;
    this.workedNs += Math.round(ns);
    this.#timeline.after(this.#slot, ns);
  }

  /** The time of the answer has come. */
  deliver(): void {
    this.#reply(this.#first, this.#second);
  }

  /** Accounts for `times` answers of `ns` nanoseconds to requests of work cycles that are skipped. */
  skip(times: number, ns: number): void {
    this.workedNs += times * ns;
  }

  archive(a: Archive): void {
    this.workedNs = a.number(this.workedNs);
    this.#first = a.number(this.#first);
    this.#second = a.number(this.#second);
  }
}
