import { describe, expect, it } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { Capability, type Reply, Status } from "../../../src/engine/index.ts";
import { HostChannel } from "../../../src/sim/host/channel.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { BalloonFrames } from "../../../src/sim/state/balloon-frames.ts";
import type { HostRule } from "../../../src/sim/trace/types.ts";

const ignored: Reply = () => undefined;
const CALL_NS = 2000;

/** A host at second 3, a guest's frames, and what the host answered last. */
function world(rules: readonly Partial<HostRule>[] = []) {
  const frames = new BalloonFrames();
  const answers: [first: number, second: number, ns: number, ...more: unknown[]][] = [];
  const always = { fromUs: 0, untilUs: Number.POSITIVE_INFINITY, count: 1, every: 1, fraction: 1, path: "$" };
  const host = new HostChannel(
    {
      target: { hold: "step", at: [0], value: [0], repeatUs: 0, how: "assumed", from: null },
      callNs: CALL_NS,
      entryNs: 0,
      unlockEntryNs: 0,
      largeEntryNs: 0,
      unlockLargeEntryNs: 0,
      capabilities: Capability.Basic,
      rules: rules.map((rule) => ({ ...always, command: "lock", status: Status.Busy, ...rule })),
    },
    frames,
    randomStream("1", "host"),
    { expect: () => {}, give: (...answer) => answers.push(answer), wake: () => {} },
    { targetNow: () => 1234, nowUs: () => 3_000_000 },
  );
  const last = () => answers.at(-1);
  return { host, frames, last };
}

describe("a host's channel", () => {
  it("answers with its target, and takes its time for each command", () => {
    const { host, frames, last } = world();
    host.start(2, ignored);
    expect(last()).toEqual([Status.Success, 0, CALL_NS]);
    host.guestId(1, ignored);
    host.getTarget(100_000, ignored);
    expect(last()).toEqual([Status.Success, 1234, CALL_NS]);
    frames.spare.push(1, 50);
    host.lock(50, ignored);
    expect(last()).toEqual([50, Status.Success, 50 * CALL_NS]);
    expect(frames.locked.frames).toBe(50);
    host.unlock(20, ignored);
    expect(last()).toEqual([20, Status.Success, 20 * CALL_NS]);
    expect([frames.locked.frames, frames.balloon.frames, frames.unlocked.frames]).toEqual([30, 30, 20]);
    expect([host.calls, host.ruled]).toEqual([73, 0]);
  });

  it("goes on behind a command that a rule grants, also where it is the last", () => {
    const { host, frames, last } = world([{ every: 4, status: Status.Success, count: Number.POSITIVE_INFINITY }]);
    frames.spare.push(1, 8);
    host.lock(8, ignored);
    expect(last()).toEqual([8, Status.Success, 8 * CALL_NS]);
    expect([frames.locked.frames, host.calls, host.ruled]).toEqual([8, 8, 2]);
  });

  it("ends a run at the page that a rule refuses, which it does not enter in its book", () => {
    const { host, frames, last } = world([{ every: 4, status: Status.PpnPinned }]);
    frames.spare.push(1, 10);
    host.lock(10, ignored);
    expect(last()).toEqual([3, Status.PpnPinned, 4 * CALL_NS]);
    expect([frames.locked.frames, frames.refused.frames, frames.spare.frames]).toEqual([3, 1, 6]);
    expect([host.calls, host.ruled]).toEqual([4, 1]);
  });

  it("lets a rule grant what the ones behind it would refuse", () => {
    const { host, frames, last } = world([
      { count: 3, status: Status.Success },
      { count: Number.POSITIVE_INFINITY, status: Status.Busy },
    ]);
    frames.spare.push(1, 5);
    host.lock(5, ignored);
    expect(last()).toEqual([3, Status.Busy, 4 * CALL_NS]);
    host.lock(1, ignored);
    expect(last()).toEqual([0, Status.Busy, CALL_NS]);
    expect(host.ruled).toBe(5);
  });

  it("answers nothing but RESET once it has asked for a reset, until START", () => {
    const { host, frames, last } = world([{ command: "get-target", status: Status.Reset }]);
    frames.spare.push(1, 5);
    host.lock(4, ignored);
    host.getTarget(100, ignored);
    expect(last()).toEqual([Status.Reset, 1234, CALL_NS]);
    expect([host.resetPending, frames.locked.frames]).toEqual([true, 0]);
    host.lock(1, ignored);
    expect(last()).toEqual([0, Status.Reset, CALL_NS]);
    host.unlock(4, ignored);
    expect(last()).toEqual([0, Status.Reset, CALL_NS]);
    host.guestId(1, ignored);
    expect(last()).toEqual([Status.Reset, 0, CALL_NS]);
    host.start(2, ignored);
    expect(last()).toEqual([Status.Success, 0, CALL_NS]);
    expect(host.resetPending).toBe(false);
    host.getTarget(100, ignored);
    expect(last()).toEqual([Status.Success, 1234, CALL_NS]);
  });

  it.each([
    ["lock", (host: HostChannel) => host.lock(8, ignored), 3],
    ["unlock", (host: HostChannel) => host.unlock(4, ignored), 3],
  ] as const)("forgets the pages that a run of %s moved before the one that it reset at", (command, run, done) => {
    const { host, frames, last } = world([{ command, every: 4, status: Status.Reset }]);
    if (command === "unlock") {
      frames.spare.push(100, 6);
      host.lock(6, ignored);
    }
    frames.spare.push(1, 8);
    run(host);
    expect(last()).toEqual([done, Status.Reset, 4 * CALL_NS]);
    expect([host.resetPending, frames.locked.frames]).toEqual([true, 0]);
  });

  it("ends the run when a guest locks a frame twice", () => {
    const { host, frames } = world();
    frames.spare.push(7, 3);
    host.lock(3, ignored);
    frames.spare.push(5, 4);
    expect(() => host.lock(4, ignored)).toThrow(RunError);
    expect(() => host.lock(4, ignored)).toThrow(
      "at 3 s the guest violated the balloon protocol: frame 7 was locked twice",
    );
  });

  it("ends the run when a guest unlocks a frame that is not locked", () => {
    const { host, frames } = world();
    frames.spare.push(7, 3);
    host.lock(3, ignored);
    frames.balloon.push(10, 1);
    expect(() => host.unlock(2, ignored)).toThrow(RunError);
    expect(() => host.unlock(2, ignored)).toThrow("frame 10 was unlocked but not locked");
  });

  it("says until when its target is all that it answers", () => {
    const none = world();
    expect(none.host.nextTargetRuleUs()).toBe(Number.POSITIVE_INFINITY);
    const later = world([{ command: "get-target", fromUs: 5_000_000 }]);
    expect(later.host.nextTargetRuleUs()).toBe(5_000_000);
    const now = world([{ command: "get-target", fromUs: 2_000_000 }]);
    expect(now.host.nextTargetRuleUs()).toBe(0);
    now.host.skip(10);
    expect(now.host.calls).toBe(10);
  });
});
