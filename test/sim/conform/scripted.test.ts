import { describe, expect, it } from "vitest";
import type { CycleScript } from "../../../src/sim/conform/plan.ts";
import { ScriptedGuest, ScriptedHost } from "../../../src/sim/conform/scripted.ts";
import { describePorts, promptAnswers } from "../../support/suites/ports.ts";

const GRANTED: CycleScript = {
  target: 0,
  targetStatus: 0,
  nosleepOk: Number.POSITIVE_INFINITY,
  sleepOk: Number.POSITIVE_INFINITY,
  lock: [],
  unlock: [],
  start: 0,
  guestId: 0,
  totalPages: 1 << 20,
};

describePorts("the scripted guest and host", ({ pages, target, lock, unlock }) => {
  const guest = new ScriptedGuest();
  const host = new ScriptedHost({ start: 0, guestId: 0 });
  const script = {
    ...GRANTED,
    target,
    nosleepOk: pages,
    sleepOk: pages,
    lock: lock === undefined ? [] : [lock],
    unlock: unlock === undefined ? [] : [unlock],
  };
  guest.follow(script);
  host.follow(script);
  return { allocator: guest, hypervisor: host, ask: promptAnswers };
});

describe("the scripted guest", () => {
  it("counts allocations that may sleep apart from those that may not, and anew in each cycle", () => {
    const guest = new ScriptedGuest();
    const allocate = (count: number, canSleep: boolean) =>
      promptAnswers((reply) => guest.allocate(count, canSleep, reply))[0];
    guest.follow({ ...GRANTED, nosleepOk: 5, sleepOk: 2 });
    expect(allocate(4, false)).toEqual([4, 0]);
    expect(allocate(4, false)).toEqual([1, 1]);
    expect(allocate(4, false)).toEqual([0, 1]);
    expect(allocate(2, true)).toEqual([2, 0]);
    expect(allocate(1, true)).toEqual([0, 1]);
    guest.follow({ ...GRANTED, nosleepOk: 1, sleepOk: 0 });
    expect(allocate(1, false)).toEqual([1, 0]);
    expect(allocate(1, true)).toEqual([0, 1]);
  });
});

describe("the scripted host", () => {
  it("counts the commands of each kind in a cycle from 0, over all runs of them", () => {
    const host = new ScriptedHost({ start: 0, guestId: 0 });
    const lock = (count: number) => promptAnswers((reply) => host.lock(count, reply))[0];
    const unlock = (count: number) => promptAnswers((reply) => host.unlock(count, reply))[0];
    const refusals = [0, 1, 5, 9].map((at) => ({ at, status: at + 1 }));
    host.follow({ ...GRANTED, lock: refusals, unlock: [{ at: 2, status: 8 }] });
    expect([lock(3), lock(3), lock(3), lock(3)]).toEqual([
      [0, 1],
      [0, 2],
      [3, 0],
      [0, 6],
    ]);
    expect([unlock(2), unlock(2), unlock(2)]).toEqual([
      [2, 0],
      [0, 8],
      [2, 0],
    ]);
    expect([lock(3), lock(1), lock(7)]).toEqual([
      [3, 0],
      [0, 10],
      [7, 0],
    ]);
    host.follow({ ...GRANTED, lock: refusals });
    expect(lock(3)).toEqual([0, 1]);
    expect(unlock(3)).toEqual([3, 0]);
  });

  it("answers START and GUEST_ID as the last line of the plan said", () => {
    const host = new ScriptedHost({ start: 3, guestId: 4 });
    const answers = () =>
      [promptAnswers((reply) => host.start(2, reply)), promptAnswers((reply) => host.guestId(1, reply))].flat();
    expect(answers()).toEqual([
      [3, 0],
      [4, 0],
    ]);
    host.follow({ ...GRANTED, start: 5, guestId: 0 });
    expect(answers()).toEqual([
      [5, 0],
      [0, 0],
    ]);
  });
});
