import { RunError } from "../../common/errors.ts";
import type { Pages } from "../../common/units.ts";
import { type BatchReply, type Hypervisor, Status, type StatusReply, type TargetReply } from "../../engine/index.ts";
import type { Random } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames } from "../state/balloon-frames.ts";
import type { AnswerPath } from "../time/pending-answer.ts";
import type { HostCommand, HostSpec } from "../trace/types.ts";
import { HostRules } from "./rules.ts";

/** The inputs of a channel from its host and from the simulation. */
export interface ChannelWorld {
  /** The target now: balloon size that the host wants, a whole number of pages. */
  targetNow(): Pages;
  nowUs(): number;
}

/**
 * The channel between a VM and its host: commands and their statuses, the rules of a trace that make commands fail, the
 * set of locked frames. Each LOCK and UNLOCK has one frame (protocol version 2, without batches). A violation of the
 * protocol by the guest (it locks a frame twice, or unlocks a frame that is not locked) ends the run. The channel does
 * not choose the target; the host's mind does.
 */
export class HostChannel implements Hypervisor, Archived {
  /**
   * Commands answered, skipped ones included; and commands answered by a rule of the trace, with success or failure.
   * Answers with RESET while a reset is pending are not among the latter.
   */
  calls = 0;
  ruled = 0;
  readonly #spec: HostSpec;
  readonly #rules: HostRules;
  readonly #frames: BalloonFrames;
  readonly #world: ChannelWorld;
  readonly #answers: AnswerPath;
  /** The host has demanded a reset and waits for START; until that succeeds it answers all other commands with RESET. */
  #resetPending = false;
  #status: number = Status.Success;

  /** @param random for rules that apply to a fraction of the commands */
  constructor(spec: HostSpec, frames: BalloonFrames, random: Random, answers: AnswerPath, world: ChannelWorld) {
    this.#spec = spec;
    this.#rules = new HostRules(spec.rules, random);
    this.#frames = frames;
    this.#answers = answers;
    this.#world = world;
  }

  /** Whether the host has demanded a reset and waits for START. */
  get resetPending(): boolean {
    return this.#resetPending;
  }

  /** Processor time of the guest that one command takes, in nanoseconds. */
  get callNs(): number {
    return this.#spec.callNs;
  }

  /** When a rule for GET_TARGET begins to apply next, in microseconds; 0 if one applies now, Infinity if none will. */
  nextTargetRuleUs(): number {
    const now = this.#world.nowUs();
    return this.#rules.active("get-target", now) ? 0 : this.#rules.nextBeginUs("get-target", now);
  }

  /** Marks all spare frames as locked, without commands: after `Guest.warmUp` they are the initial balloon. */
  lockAllocated(): void {
    this.#lockFrames(this.#frames.spare.frames);
  }

  /** Accounts for the GET_TARGET commands of skipped cycles. */
  skip(commands: number): void {
    this.calls += commands;
  }

  start(_version: number, reply: StatusReply): void {
    this.#answers.expect(reply);
    this.#replySingle("start", 0);
  }

  guestId(_type: number, reply: StatusReply): void {
    this.#answers.expect(reply);
    this.#replySingle("guest-id", 0);
  }

  getTarget(_limit: Pages, reply: TargetReply): void {
    this.#answers.expect(reply);
    this.#replySingle("get-target", this.#world.targetNow());
  }

  lock(count: Pages, reply: BatchReply): void {
    this.#answers.expect(reply);
    const accepted = this.#answer("lock", count);
    this.#lockFrames(accepted);
    if (accepted < count) this.#frames.spare.moveTo(this.#frames.refused, 1);
    this.#replyBatch(accepted, count);
  }

  unlock(count: Pages, reply: BatchReply): void {
    this.#answers.expect(reply);
    const released = this.#answer("unlock", count);
    let left = released;
    while (left > 0) {
      const run = this.#frames.balloon.run(left);
      const missing = this.#frames.locked.remove(run.start, run.count);
      if (missing >= 0) throw this.#violation(`frame ${missing} was unlocked but not locked`);
      this.#frames.unlocked.push(run.start, run.count);
      this.#frames.balloon.drop(run.count);
      left -= run.count;
    }
    this.#replyBatch(released, count);
  }

  /** `Vm` archives the frames and the random numbers. */
  archive(a: Archive): void {
    this.calls = a.number(this.calls);
    this.ruled = a.number(this.ruled);
    this.#resetPending = a.boolean(this.#resetPending);
    this.#status = a.number(this.#status);
    this.#rules.archive(a);
  }

  /**
   * Answers up to `count` commands, until one fails.
   * @returns how many succeed before the first failure; the status of that one is in `#status`
   */
  #answer(command: HostCommand, count: number): number {
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
      // A rule may answer with success: no later rule then applies to the command.
      if (this.#status !== Status.Success) return done;
    }
  }

  /** Moves the next `count` allocated frames into the balloon and marks them as locked. */
  #lockFrames(count: Pages): void {
    for (let left = count; left > 0; ) {
      const run = this.#frames.spare.run(left);
      const twice = this.#frames.locked.add(run.start, run.count);
      if (twice >= 0) throw this.#violation(`frame ${twice} was locked twice`);
      this.#frames.balloon.push(run.start, run.count);
      this.#frames.spare.drop(run.count);
      left -= run.count;
    }
  }

  #replyBatch(done: number, count: number): void {
    const commands = Math.min(count, done + 1);
    this.calls += commands;
    if (done < count) this.#noteFailure();
    this.#answers.give(done, done < count ? this.#status : Status.Success, commands * this.#spec.callNs);
  }

  #replySingle(command: HostCommand, value: number): void {
    this.calls++;
    const succeeds = this.#answer(command, 1) === 1;
    if (!succeeds) this.#noteFailure();
    else if (command === "start") this.#started();
    this.#answers.give(succeeds ? Status.Success : this.#status, value, this.#spec.callNs);
  }

  /** After START the host has no locked frames. */
  #started(): void {
    this.#resetPending = false;
    this.#frames.locked.clear();
  }

  /**
   * A host that answers with RESET has forgotten all locked frames, including those that it has accepted in the same
   * call.
   */
  #noteFailure(): void {
    if (this.#status !== Status.Reset) return;
    this.#resetPending = true;
    this.#frames.locked.clear();
  }

  #violation(what: string): RunError {
    return new RunError(`at ${this.#world.nowUs() / 1e6} s the guest violated the balloon protocol: ${what}`);
  }
}
