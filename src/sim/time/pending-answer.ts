import type { LongReply } from "../../engine/index.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Timeline } from "./timeline.ts";

/** The interface through which the ports of a VM answer a request of the driver. */
export interface AnswerPath {
  /** Registers the reply function of a request. */
  expect(reply: LongReply): void;
  /**
   * Answers the request with two numbers, the arguments of `Reply`, or with four, after `ns` nanoseconds of simulated time.
   */
  give(first: number, second: number, ns: number, third?: number, fourth?: number): void;
  /** Ends a sleep at a time, in microseconds: an answer without numbers, and without work. */
  wake(atUs: number): void;
}

/**
 * Delivers the answers of a VM's ports to its driver, after the simulated time that the work took. The driver has at
 * most one pending request, so there is at most one pending answer: four numbers and the event of a slot, which a
 * checkpoint can store. Requests of a driver that is relieved (`atOnce`) come between a request and its answer.
 */
export class PendingAnswer implements AnswerPath, Archived {
  /** Total processor time of the answers so far, in nanoseconds. */
  workedNs = 0;
  readonly #timeline: Timeline;
  readonly #slot: number;
  readonly #fellAsleep: () => void;
  #reply: LongReply = () => {
    throw new RangeError("no driver waits for an answer");
  };
  #first = 0;
  #second = 0;
  #third = 0;
  #fourth = 0;
  #isAtOnce = false;
  #atOnceNs = 0;

  /**
   * @param slot the timeline's slot of pending answers; its event must call `deliver`
   * @param fellAsleep called when the driver begins to sleep
   */
  constructor(timeline: Timeline, slot: number, fellAsleep: () => void = () => {}) {
    this.#fellAsleep = fellAsleep;
    this.#timeline = timeline;
    this.#slot = slot;
  }

  expect(reply: LongReply): void {
    this.#reply = reply;
  }

  /**
   * Answers all requests that are made in `work` at once, also while another request is pending.
   * @returns the time that they take, in nanoseconds: the caller lets it pass
   */
  atOnce(work: () => void): number {
    const pending = this.#reply;
    this.#isAtOnce = true;
    this.#atOnceNs = 0;
    work();
    this.#isAtOnce = false;
    this.#reply = pending;
    return this.#atOnceNs;
  }

  /** Answers immediately if `ns` is 0. */
  give(first: number, second: number, ns: number, third = 0, fourth = 0): void {
    if (this.#isAtOnce) {
      this.#atOnceNs += ns;
      return this.#reply(first, second, third, fourth);
    }
    if (ns === 0) return this.#reply(first, second, third, fourth);
    this.#first = first;
    this.#second = second;
    this.#third = third;
    this.#fourth = fourth;
    this.workedNs += Math.round(ns);
    this.#timeline.after(this.#slot, ns);
  }

  wake(atUs: number): void {
    this.#first = 0;
    this.#second = 0;
    this.#third = 0;
    this.#fourth = 0;
    this.#fellAsleep();
    this.#timeline.at(this.#slot, atUs);
  }

  /** Called at the time of the answer. */
  deliver(): void {
    this.#reply(this.#first, this.#second, this.#third, this.#fourth);
  }

  /** Accounts for `times` answers of `ns` nanoseconds to requests of skipped work cycles. */
  skip(times: number, ns: number): void {
    this.workedNs += times * ns;
  }

  archive(a: Archive): void {
    this.workedNs = a.number(this.workedNs);
    this.#first = a.number(this.#first);
    this.#second = a.number(this.#second);
    this.#third = a.number(this.#third);
    this.#fourth = a.number(this.#fourth);
  }
}
