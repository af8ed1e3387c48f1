import { expect, test } from "vitest";
import { Health } from "../../../src/hw/daemon/health.ts";
import { DaemonRig } from "../../support/worlds/daemon-rig.ts";

/** A daemon whose health is watched. */
function watched(script: ConstructorParameters<typeof DaemonRig>[0] = {}) {
  const rig = new DaemonRig(script);
  const health = new Health(() => rig.time.ns / 1000);
  rig.onCycle = (report) => {
    health.alive();
    health.cycle(report);
  };
  return { rig, health, unhealthyReason: () => health.unhealthyReason(rig.daemon) };
}

test("the daemon is healthy while its host answers", () => {
  const { rig, unhealthyReason } = watched({ target: 100 });
  rig.begin().turn(3);
  expect(unhealthyReason()).toBeNull();
});

test("the daemon is unhealthy until the host has taken START, and says with which status", () => {
  const { rig, unhealthyReason } = watched({ start: 8 });
  expect(unhealthyReason()).toBe("waiting: the host has not accepted START");
  rig.begin();
  expect(unhealthyReason()).toBe("waiting: the host has not accepted START (status 8, BUSY)");
});

test("the daemon names the command that the host has refused last", () => {
  const { rig, unhealthyReason } = watched({ start: 8 });
  rig.begin();
  rig.host({ guestId: 2 });
  rig.turn();
  expect(unhealthyReason()).toBe("waiting: the host has not accepted GUEST_ID (status 2, PPN_INVALID)");
});

test("a renewal is no refusal of the host before the host has refused START since", () => {
  const { rig, unhealthyReason } = watched({ start: 8 });
  rig.begin();
  rig.host({});
  rig.turn();
  rig.daemon.renew();
  expect(unhealthyReason()).toBe("the balloon begins anew");
  rig.host({ start: 1 });
  rig.worker.settle();
  expect(unhealthyReason()).toBe("waiting: the host has not accepted START (status 1, COMMAND_INVALID)");
  rig.host({});
  rig.time.next();
  rig.worker.answerOne();
  expect(unhealthyReason()).toBe("the balloon begins anew");
  rig.worker.settle();
  expect(unhealthyReason()).toBeNull();
});

test("the daemon is unhealthy after three failed GET_TARGET in a row, and healthy again after a successful one", () => {
  const { rig, unhealthyReason } = watched();
  rig.begin();
  rig.host({ targetStatus: 0xffff_ffff });
  rig.turn(2);
  expect(unhealthyReason()).toBeNull();
  rig.turn();
  expect(unhealthyReason()).toBe("GET_TARGET has failed 3 times in a row (status 4294967295, FAILURE)");
  rig.turn(7);
  expect(unhealthyReason()).toBe("GET_TARGET has failed 10 times in a row (status 4294967295, FAILURE)");
  rig.host({});
  rig.turn();
  expect(unhealthyReason()).toBeNull();
});

test("a host that has not answered the last GET_TARGET is silent, one that has asked for a reset is not", () => {
  const { rig, health } = watched();
  const noTarget = () => health.noTarget(rig.daemon);
  expect(noTarget()).toBeNull();
  rig.begin();
  expect(noTarget()).toBeNull();
  rig.host({ targetStatus: 8 });
  rig.turn();
  expect(noTarget()).toBe("the host does not answer GET_TARGET (status 8, BUSY)");
  rig.host({});
  rig.turn();
  expect(noTarget()).toBeNull();
  rig.host({ targetStatus: 7, start: 1 });
  rig.turn();
  expect(noTarget()).toBeNull();
});

test("the daemon is unhealthy after a reset until the host takes START", () => {
  const { rig, unhealthyReason } = watched({ target: 10 });
  rig.begin();
  rig.host({ targetStatus: 7 });
  rig.turn();
  rig.host({ start: 1 });
  rig.turn();
  expect(unhealthyReason()).toBe(
    "the host asked for a reset and has not accepted START since (status 1, COMMAND_INVALID)",
  );
  rig.host({});
  rig.turn();
  expect(unhealthyReason()).toBeNull();
});

test("the daemon is unhealthy after ten seconds without an answer of the native worker", () => {
  const { rig, unhealthyReason } = watched();
  rig.begin().turn();
  rig.time.ns += 10e9;
  expect(unhealthyReason()).toBeNull();
  rig.time.ns += 1e9;
  expect(unhealthyReason()).toBe("the native worker has not answered for 11 s");
});

test("the daemon is unhealthy while it can't read the kernel's figures, until an allocation finds them again", () => {
  const { rig, unhealthyReason } = watched();
  rig.begin();
  rig.worker.figures = { ...rig.worker.figures, populatedPages: 500, unreadableHits: 3 };
  rig.host({ target: 1000, nosleepOk: 0, sleepOk: 0 });
  rig.turn();
  const unread = /\/proc\/meminfo or \/proc\/zoneinfo can't be read/;
  expect(unhealthyReason()).toMatch(unread);
  // A cycle without an allocation finds nothing.
  rig.host({ target: 1000, targetStatus: 8 });
  rig.turn();
  expect(unhealthyReason()).toMatch(unread);
  rig.host({ target: 1000 });
  rig.turn();
  expect(unhealthyReason()).toBeNull();
});

test("an allocated page shows that the kernel's figures are read again, though the target is not reached", () => {
  const { rig, unhealthyReason } = watched();
  rig.begin();
  rig.worker.figures = { ...rig.worker.figures, populatedPages: 500, unreadableHits: 3 };
  rig.host({ target: 1000, nosleepOk: 0, sleepOk: 0 });
  rig.turn();
  expect(unhealthyReason()).not.toBeNull();
  rig.worker.figures = { ...rig.worker.figures, populatedPages: 501 };
  rig.turn();
  expect([rig.daemon.engine.state.size, unhealthyReason()]).toEqual([0, null]);
});

test("the daemon is unhealthy once a memory limit is set", () => {
  const { rig, health, unhealthyReason } = watched();
  rig.begin();
  health.limited({ path: "/sys/fs/cgroup/a/memory.max", value: "1048576" });
  expect(unhealthyReason()).toBe("a memory limit would end the balloon: /sys/fs/cgroup/a/memory.max is 1048576");
  health.limited(null);
  expect(unhealthyReason()).toBeNull();
});

test("the daemon is unhealthy while the kernel's driver is a reason, also before the host has taken START", () => {
  const rig = new DaemonRig();
  let reason: string | null = "the driver";
  const health = new Health(
    () => rig.time.ns / 1000,
    () => reason,
  );
  expect(health.unhealthyReason(rig.daemon)).toBe("the driver");
  rig.begin();
  expect(health.unhealthyReason(rig.daemon)).toBe("the driver");
  reason = null;
  expect(health.unhealthyReason(rig.daemon)).toBeNull();
});
