import { RunError } from "../../common/errors.ts";
import type { Pages } from "../../common/units.ts";
import {
  type BalloonDevice,
  type BatchHypervisor,
  type BatchReply,
  Capability,
  Command,
  type ConfigReply,
  type FreeReply,
  LARGE_PAGE_FRAMES,
  type StartReply,
  Status,
  type StatusReply,
  SUCCESS_WITH_CAPABILITIES,
  type TargetReply,
  type TransferReply,
} from "../../engine/index.ts";
import type { Random } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { BalloonFrames, FrameStacks } from "../state/balloon-frames.ts";
import { FrameStack } from "../state/frames.ts";
import type { AnswerPath } from "../time/pending-answer.ts";
import { Slot } from "../time/slots.ts";
import type { HostCommand, HostSpec, RuleUse } from "../trace/types.ts";
import { type CauseSink, Incident } from "../view/causes.ts";
import { HostRules } from "./rules.ts";

/** The inputs of a channel from its host and from the simulation. */
export interface ChannelWorld {
  /** The target now: balloon size that the host wants, a whole number of pages. */
  targetNow(): Pages;
  nowUs(): number;
  /** Is told of refusals and resets; absent: nothing is. */
  readonly causes?: CauseSink | null;
}

/** A command for pages. */
interface Transfer {
  readonly name: HostCommand;
  /** The capability that it needs. */
  readonly needs: number;
  /** The command whose rules answer the entries of a batch; null without batch. */
  readonly entry: "lock" | "unlock" | null;
  readonly isLock: boolean;
  /** Frames of a page. */
  readonly frames: Pages;
}

const { Basic, Batched, Batched2m } = Capability;
const TRANSFERS: Readonly<Record<number, Transfer>> = {
  [Command.Lock]: { name: "lock", needs: Basic, entry: null, isLock: true, frames: 1 },
  [Command.Unlock]: { name: "unlock", needs: Basic, entry: null, isLock: false, frames: 1 },
  [Command.BatchedLock]: { name: "batched-lock", needs: Batched, entry: "lock", isLock: true, frames: 1 },
  [Command.BatchedUnlock]: { name: "batched-unlock", needs: Batched, entry: "unlock", isLock: false, frames: 1 },
  [Command.Batched2mLock]: {
    ...{ name: "batched-2m-lock", needs: Batched2m, entry: "lock", isLock: true },
    frames: LARGE_PAGE_FRAMES,
  },
  [Command.Batched2mUnlock]: {
    ...{ name: "batched-2m-unlock", needs: Batched2m, entry: "unlock", isLock: false },
    frames: LARGE_PAGE_FRAMES,
  },
};

/**
 * The channel between a VM and its host: commands and their statuses, the rules of a trace that make commands fail, the
 * set of locked frames. A violation of the protocol by the guest (it locks a frame twice, or unlocks a frame that is not
 * locked) ends the run. The channel does not choose the target; the host's mind does.
 */
export class HostChannel implements BatchHypervisor, BalloonDevice, Archived {
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
  /** Capabilities granted by the last START, and whether the guest has given a doorbell since. */
  #granted = 0;
  #hasDoorbell = false;
  /** Entries of a batched UNLOCK that are refused; empty between two commands. */
  readonly #kept = new FrameStack();
  /** Refused pages of the last command for pages, and those that are unfit. */
  #refused = 0;
  #unfit = 0;

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

  /** What each rule of the trace has done so far, in their order. */
  get ruleUses(): readonly RuleUse[] {
    return this.#rules.uses;
  }

  /** Processor time of the guest that one command takes, in nanoseconds. */
  get callNs(): number {
    return this.#spec.callNs;
  }

  /** Whether the guest has given the host a doorbell, to be rung when the target changes. */
  get hasDoorbell(): boolean {
    return this.#hasDoorbell;
  }

  /** The capabilities that a driver has which was loaded before time 0, and which could use all. */
  resume(): number {
    this.#granted = this.#spec.capabilities;
    return this.#granted;
  }

  /** When a rule for GET_TARGET begins to apply next, in microseconds; 0 if one applies now, Infinity if none will. */
  nextTargetRuleUs(): number {
    const now = this.#world.nowUs();
    return this.#rules.active("get-target", now) ? 0 : this.#rules.nextBeginUs("get-target", now);
  }

  /** Marks all spare frames as locked, without commands: after `Guest.warmUp` they are the initial balloon. */
  lockAllocated(): void {
    this.#lockFrames(this.#frames.spare.frames);
    this.#lockFrames(this.#frames.large.spare.frames, this.#frames.large);
  }

  /** Accounts for the GET_TARGET commands of skipped cycles. */
  skip(commands: number): void {
    this.calls += commands;
  }

  start(wanted: number, reply: StartReply): void {
    this.#answers.expect(reply);
    this.calls++;
    const succeeds = this.#answer("start", 1) === 1;
    if (!succeeds) {
      this.#noteFailure();
      this.#reportFailed();
      return this.#answers.give(this.#status, 0, this.#spec.callNs);
    }
    // After START the host has no locked frames.
    this.#resetPending = false;
    this.#frames.locked.clear();
    this.#hasDoorbell = false;
    this.#granted = wanted & this.#spec.capabilities;
    // The driver 1.2.1.2-k does not know the other success.
    const isPlain = (this.#granted & ~Capability.Basic) === 0;
    this.#answers.give(
      isPlain ? Status.Success : SUCCESS_WITH_CAPABILITIES,
      isPlain ? 0 : this.#granted,
      this.#spec.callNs,
    );
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
    if (accepted < count) {
      this.#frames.spare.moveTo(this.#frames.refused, 1);
      this.#reportRefused(true, 1);
    }
    this.#replyBatch(accepted, count);
  }

  unlock(count: Pages, reply: BatchReply): void {
    this.#answers.expect(reply);
    const released = this.#answer("unlock", count);
    this.#unlockFrames(released);
    if (released < count) this.#reportRefused(false, 1);
    this.#replyBatch(released, count);
  }

  setDoorbell(isSet: number, reply: StatusReply): void {
    this.#answers.expect(reply);
    this.calls++;
    const succeeds = this.#permits("doorbell-set", Capability.Doorbell);
    if (succeeds) this.#hasDoorbell = isSet === 1;
    else this.#noteFailure();
    this.#answers.give(succeeds ? Status.Success : this.#status, 0, this.#spec.callNs);
  }

  transfer(command: number, count: number, reply: TransferReply): void {
    this.#answers.expect(reply);
    const transfer = TRANSFERS[command];
    if (transfer === undefined) throw new RangeError(`transfer: command ${command} is not about pages`);
    this.calls++;
    const succeeds = this.#permits(transfer.name, transfer.needs) && this.#transfer(transfer, count);
    if (!succeeds) {
      this.#noteFailure();
      // The driver takes every page of the command as refused.
      const { spare, refused } = this.#stacksOf(transfer.frames);
      if (transfer.isLock) spare.moveTo(refused, count * transfer.frames);
    }
    const perEntryNs = this.#entryNs(transfer.isLock, transfer.frames > 1);
    const ns = this.#spec.callNs + (transfer.entry === null ? 0 : count * perEntryNs);
    const refusals = succeeds ? this.#refused : count;
    if (refusals > 0) this.#reportRefused(transfer.isLock, refusals * transfer.frames);
    if (succeeds) this.#answers.give(Status.Success, this.#refused, ns, this.#unfit, this.#world.targetNow());
    else this.#answers.give(this.#status, count, this.#spec.callNs);
  }

  readTarget(reply: ConfigReply): void {
    this.#answers.expect(reply);
    this.calls++;
    this.#answers.give(this.#world.targetNow(), 0, this.#spec.callNs);
  }

  /** No rule applies: a device of virtio refuses no page. */
  tell(isInflation: number, count: Pages, reply: FreeReply): void {
    this.#answers.expect(reply);
    this.calls++;
    if (isInflation === 1) this.#lockFrames(count);
    else this.#unlockFrames(count);
    this.#answers.give(0, 0, this.#spec.callNs + count * this.#entryNs(isInflation === 1, false));
  }

  writeActual(_size: Pages, reply: FreeReply): void {
    this.#answers.expect(reply);
    this.calls++;
    this.#answers.give(0, 0, this.#spec.callNs);
  }

  /** `Vm` archives the frames and the random numbers. */
  archive(a: Archive): void {
    this.calls = a.number(this.calls);
    this.ruled = a.number(this.ruled);
    this.#resetPending = a.boolean(this.#resetPending);
    this.#status = a.number(this.#status);
    this.#granted = a.number(this.#granted);
    this.#hasDoorbell = a.boolean(this.#hasDoorbell);
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
  #lockFrames(count: Pages, { spare, balloon }: FrameStacks = this.#frames): void {
    for (let left = count; left > 0; ) {
      const run = spare.run(left);
      const twice = this.#frames.locked.add(run.start, run.count);
      if (twice >= 0) throw this.#violation(`frame ${twice} was locked twice`);
      balloon.push(run.start, run.count);
      spare.drop(run.count);
      left -= run.count;
    }
  }

  /** Moves the newest `count` frames of the balloon to the unlocked ones and marks them as not locked. */
  #unlockFrames(count: Pages, { balloon, unlocked }: FrameStacks = this.#frames): void {
    for (let left = count; left > 0; ) {
      const run = balloon.run(left);
      const missing = this.#frames.locked.remove(run.start, run.count);
      if (missing >= 0) throw this.#violation(`frame ${missing} was unlocked but not locked`);
      unlocked.push(run.start, run.count);
      balloon.drop(run.count);
      left -= run.count;
    }
  }

  /** Processor time of the guest for a page of a command or a message for several pages, in nanoseconds. */
  #entryNs(isLock: boolean, isLarge: boolean): number {
    const { entryNs, largeEntryNs, unlockEntryNs, unlockLargeEntryNs } = this.#spec;
    if (isLock) return isLarge ? largeEntryNs : entryNs;
    return isLarge ? unlockLargeEntryNs : unlockEntryNs;
  }

  /** Whether the host carries out a command that needs a capability; its status otherwise is in `#status`. */
  #permits(command: HostCommand, capability: number): boolean {
    if (this.#answer(command, 1) === 0) return false;
    this.#status = Status.CommandInvalid;
    return (this.#granted & capability) !== 0;
  }

  #stacksOf(frames: Pages): FrameStacks {
    return frames === 1 ? this.#frames : this.#frames.large;
  }

  /**
   * Moves the pages of a command, each as the rules answer its entry. An entry that is to be answered with RESET makes the
   * whole command fail.
   * @returns whether the command succeeds; its refused entries are then in `#refused` and `#unfit`, else nothing has moved
   */
  #transfer({ entry, isLock, frames }: Transfer, count: number): boolean {
    const stacks = this.#stacksOf(frames);
    const { spare, balloon, unlocked, refused } = stacks;
    this.#refused = 0;
    this.#unfit = 0;
    let moved = 0;
    let isReset = false;
    for (let left = count; left > 0; ) {
      const passed = entry === null ? left : this.#answer(entry, left);
      if (isLock) this.#lockFrames(passed * frames, stacks);
      else this.#unlockFrames(passed * frames, stacks);
      moved += passed;
      left -= passed;
      if (left === 0) break;
      isReset = this.#status === Status.Reset;
      if (isReset) break;
      left--;
      this.#refused++;
      if (this.#status === Status.PpnInvalid || this.#status === Status.PpnPinned) this.#unfit++;
      if (isLock) spare.moveTo(refused, frames);
      else balloon.moveTo(this.#kept, frames);
    }
    if (isReset && isLock) {
      balloon.moveTo(spare, moved * frames);
      refused.moveTo(spare, this.#refused * frames);
    } else if (isReset) unlocked.moveTo(balloon, moved * frames);
    this.#kept.moveTo(balloon, this.#kept.frames);
    return !isReset;
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
    if (!succeeds) {
      this.#noteFailure();
      this.#reportFailed();
    }
    this.#answers.give(succeeds ? Status.Success : this.#status, value, this.#spec.callNs);
  }

  /**
   * A host that answers with RESET has forgotten all locked frames, including those that it has accepted in the same
   * call.
   */
  #noteFailure(): void {
    if (this.#status !== Status.Reset) return;
    if (!this.#resetPending) this.#world.causes?.happened(Slot.Cycle, Incident.Reset, this.#frames.locked.frames);
    this.#resetPending = true;
    this.#frames.locked.clear();
  }

  /** Reports refused pages. A reset is reported by itself. */
  #reportRefused(isLock: boolean, pages: Pages): void {
    if (this.#resetPending || this.#status === Status.Reset) return;
    this.#world.causes?.happened(Slot.Cycle, isLock ? Incident.Refused : Incident.UnlockRefused, pages);
  }

  /** Reports a failed command that is not about pages. */
  #reportFailed(): void {
    if (this.#status !== Status.Reset) this.#world.causes?.happened(Slot.Cycle, Incident.CommandFailed, 0);
  }

  #violation(what: string): RunError {
    return new RunError(`at ${this.#world.nowUs() / 1e6} s the guest violated the balloon protocol: ${what}`);
  }
}
