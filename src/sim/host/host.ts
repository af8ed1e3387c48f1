import { RunError } from "../../common/errors.ts";
import { type Hypervisor, type Reply, Status } from "../../engine/index.ts";
import type { Random } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import { FrameSet, type FrameStack } from "../state/frames.ts";
import type { Answer } from "../time/answer.ts";
import type { HostCommand, HostSpec } from "../trace/types.ts";
import { HostRules } from "./rules.ts";

/** The pages that the guest has handed over or is about to: where LOCK and UNLOCK find their frame numbers. */
export interface OfferedFrames {
  /** Allocated and not offered yet; the next one is on top. */
  readonly spare: FrameStack;
  /** In the balloon; the newest is on top. */
  readonly balloon: FrameStack;
  /** Taken back from the host and not freed yet. */
  readonly unlocked: FrameStack;
  /** Refused by the host. */
  readonly refused: FrameStack;
}

/**
 * The host: follows its target over time, answers by the trace's rules, and keeps a book of the frames that the guest has
 * given it. What no guest may do (lock a frame twice, unlock one that is not locked) ends the run.
 */
export class Host implements Hypervisor, Archived {
  /** Commands answered so far, and those that a rule answered. */
  calls = 0;
  ruled = 0;
  /** The frames that are locked. */
  readonly book = new FrameSet();
  readonly #spec: HostSpec;
  readonly #rules: HostRules;
  readonly #frames: OfferedFrames;
  readonly #targetNow: () => number;
  readonly #nowUs: () => number;
  readonly #answer: Answer;
  /** It has demanded a reset and waits for START; until then it answers everything else with RESET. */
  #resetPending = false;
  #status: number = Status.Success;

  constructor(
    spec: HostSpec,
    frames: OfferedFrames,
    random: Random,
    world: { targetNow: () => number; nowUs: () => number; answer: Answer },
  ) {
    this.#spec = spec;
    this.#rules = new HostRules(spec.rules, random);
    this.#frames = frames;
    this.#targetNow = world.targetNow;
    this.#nowUs = world.nowUs;
    this.#answer = world.answer;
  }

  /** Whether it has demanded a reset and waits for START. */
  get resetPending(): boolean {
    return this.#resetPending;
  }

  /** What one command costs, in nanoseconds. */
  get callNs(): number {
    return this.#spec.callNs;
  }

  /** Until when GET_TARGET is answered with the target, in microseconds; at once (0) if a rule applies already. */
  plainUntilUs(): number {
    const now = this.#nowUs();
    return this.#rules.active("get-target", now) ? 0 : this.#rules.nextBeginUs("get-target", now);
  }

  /** Holds what the guest has allocated, without a command: it was locked before the run began. */
  hold(): void {
    this.#enter(this.#frames.spare.frames);
  }

  /** Accounts for GET_TARGET commands of cycles that were skipped. */
  skip(commands: number): void {
    this.calls += commands;
  }

  start(_version: number, _reply: Reply): void {
    this.#single("start", 0);
  }

  guestId(_type: number, _reply: Reply): void {
    this.#single("guest-id", 0);
  }

  getTarget(_limit: number, _reply: Reply): void {
    this.#single("get-target", this.#targetNow());
  }

  lock(count: number, _reply: Reply): void {
    const accepted = this.#first("lock", count);
    this.#enter(accepted);
    if (accepted < count) this.#frames.spare.moveTo(this.#frames.refused, 1);
    this.#finish(accepted, count);
  }

  unlock(count: number, _reply: Reply): void {
    const released = this.#first("unlock", count);
    let left = released;
    while (left > 0) {
      const run = this.#frames.balloon.run(left);
      const unknown = this.book.remove(run.start, run.count);
      if (unknown >= 0) throw this.#violation(`frame ${unknown} was unlocked but not locked`);
      this.#frames.unlocked.push(run.start, run.count);
      this.#frames.balloon.drop(run.count);
      left -= run.count;
    }
    this.#finish(released, count);
  }

  /** The frames are the guest's. */
  archive(a: Archive): void {
    this.calls = a.number(this.calls);
    this.ruled = a.number(this.ruled);
    this.#resetPending = a.boolean(this.#resetPending);
    this.#status = a.number(this.#status);
    this.book.archive(a);
    this.#rules.archive(a);
  }

  /** How many of the next `count` commands succeed before one does not; its status is in `#status`. */
  #first(command: HostCommand, count: number): number {
    const now = this.#nowUs();
    if (this.#resetPending && command !== "start") {
      this.#status = Status.Reset;
      return 0;
    }
    for (let done = 0; ; done++) {
      done += this.#rules.first(command, count - done, now);
      if (done === count) return count;
      this.ruled++;
      this.#status = this.#rules.status;
      // A rule may grant what the ones behind it would refuse.
      if (this.#status !== Status.Success) return done;
    }
  }

  /** The next `count` frames that are offered are locked, and in the balloon. */
  #enter(count: number): void {
    for (let left = count; left > 0; ) {
      const run = this.#frames.spare.run(left);
      const twice = this.book.add(run.start, run.count);
      if (twice >= 0) throw this.#violation(`frame ${twice} was locked twice`);
      this.#frames.balloon.push(run.start, run.count);
      this.#frames.spare.drop(run.count);
      left -= run.count;
    }
  }

  #finish(done: number, count: number): void {
    const commands = Math.min(count, done + 1);
    this.calls += commands;
    if (done < count) this.#refuse();
    this.#answer(done, done < count ? this.#status : Status.Success, commands * this.#spec.callNs);
  }

  #single(command: HostCommand, value: number): void {
    this.calls++;
    const succeeds = this.#first(command, 1) === 1;
    if (!succeeds) this.#refuse();
    else if (command === "start") this.#restart();
    this.#answer(succeeds ? Status.Success : this.#status, value, this.#spec.callNs);
  }

  /** A host that is told of a restart knows no locked pages. */
  #restart(): void {
    this.#resetPending = false;
    this.book.clear();
  }

  /** A host that demands a reset has forgotten what was locked, the pages that it has just accepted included. */
  #refuse(): void {
    if (this.#status !== Status.Reset) return;
    this.#resetPending = true;
    this.book.clear();
  }

  #violation(what: string): RunError {
    return new RunError(`at ${this.#nowUs() / 1e6} s the guest broke the host's rules: ${what}`);
  }
}
