import { RunError } from "../../common/errors.ts";
import { type Hypervisor, type Reply, Status } from "../../engine/index.ts";
import type { Random } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import type { AnswerPath } from "../time/pending-answer.ts";
import type { HostCommand, HostSpec } from "../trace/types.ts";
import { HostRules } from "./rules.ts";

/** What a channel needs to know of its host's world. */
export interface ChannelWorld {
  /** Balloon size that the host wants now, in whole pages. */
  targetNow(): number;
  nowUs(): number;
}

/**
 * The channel between a VM and its host: commands and their statuses, the rules of a trace, the book of locked frames. What a
 * guest must never do (lock a frame twice, unlock one that is not locked) ends the run. Which target the host has is not the
 * channel's business: its mind decides that.
 */
export class HostChannel implements Hypervisor, Archived {
  /** Commands answered so far, and those that a rule answered. */
  calls = 0;
  ruled = 0;
  readonly #spec: HostSpec;
  readonly #rules: HostRules;
  readonly #frames: BalloonFrames;
  readonly #world: ChannelWorld;
  readonly #answers: AnswerPath;
  /** It has demanded a reset and waits for START; until then it answers everything else with RESET. */
  #resetPending = false;
  #status: number = Status.Success;

  /** @param random draws which commands a rule with a fraction answers */
  constructor(spec: HostSpec, frames: BalloonFrames, random: Random, answers: AnswerPath, world: ChannelWorld) {
    this.#spec = spec;
    this.#rules = new HostRules(spec.rules, random);
    this.#frames = frames;
    this.#answers = answers;
    this.#world = world;
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
    const now = this.#world.nowUs();
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

  start(_version: number, reply: Reply): void {
    this.#answers.expect(reply);
    this.#single("start", 0);
  }

  guestId(_type: number, reply: Reply): void {
    this.#answers.expect(reply);
    this.#single("guest-id", 0);
  }

  getTarget(_limit: number, reply: Reply): void {
    this.#answers.expect(reply);
    this.#single("get-target", this.#world.targetNow());
  }

  lock(count: number, reply: Reply): void {
    this.#answers.expect(reply);
    const accepted = this.#first("lock", count);
    this.#enter(accepted);
    if (accepted < count) this.#frames.spare.moveTo(this.#frames.refused, 1);
    this.#finish(accepted, count);
  }

  unlock(count: number, reply: Reply): void {
    this.#answers.expect(reply);
    const released = this.#first("unlock", count);
    let left = released;
    while (left > 0) {
      const run = this.#frames.balloon.run(left);
      const unknown = this.#frames.locked.remove(run.start, run.count);
      if (unknown >= 0) throw this.#violation(`frame ${unknown} was unlocked but not locked`);
      this.#frames.unlocked.push(run.start, run.count);
      this.#frames.balloon.drop(run.count);
      left -= run.count;
    }
    this.#finish(released, count);
  }

  /** The frames are the VM's. */
  archive(a: Archive): void {
    this.calls = a.number(this.calls);
    this.ruled = a.number(this.ruled);
    this.#resetPending = a.boolean(this.#resetPending);
    this.#status = a.number(this.#status);
    this.#rules.archive(a);
  }

  /** How many of the next `count` commands succeed before one does not; its status is in `#status`. */
  #first(command: HostCommand, count: number): number {
    const now = this.#world.nowUs();
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
      const twice = this.#frames.locked.add(run.start, run.count);
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
    this.#answers.give(done, done < count ? this.#status : Status.Success, commands * this.#spec.callNs);
  }

  #single(command: HostCommand, value: number): void {
    this.calls++;
    const succeeds = this.#first(command, 1) === 1;
    if (!succeeds) this.#refuse();
    else if (command === "start") this.#restart();
    this.#answers.give(succeeds ? Status.Success : this.#status, value, this.#spec.callNs);
  }

  /** A host that is told of a restart knows no locked pages. */
  #restart(): void {
    this.#resetPending = false;
    this.#frames.locked.clear();
  }

  /** A host that demands a reset has forgotten what was locked, the pages that it has just accepted included. */
  #refuse(): void {
    if (this.#status !== Status.Reset) return;
    this.#resetPending = true;
    this.#frames.locked.clear();
  }

  #violation(what: string): RunError {
    return new RunError(`at ${this.#world.nowUs() / 1e6} s the guest broke the host's rules: ${what}`);
  }
}
