import { expect, test } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { DaemonRig } from "../../support/worlds/daemon-rig.ts";

const REFUSED = 1;

test("the daemon follows the target up and down, with a cycle each whole second", () => {
  const rig = new DaemonRig({ target: 40_000 }).begin();
  rig.turn(2);
  rig.host({ target: 10_000 });
  rig.turn(2);
  expect(rig.sizes).toEqual([16_385, 32_770, 40_000, 23_616, 10_000]);
  expect(rig.reports.map(({ endUs }) => Math.floor(endUs / 1e6))).toEqual([1000, 1001, 1002, 1003, 1004]);
  expect(rig.events).toEqual(["loaded"]);
});

test("a cycle that takes a quarter of a second or more loses the next whole second", () => {
  const rig = new DaemonRig({ target: 100 }).begin();
  rig.onCycle = () => {
    rig.time.ns += 250_000_000;
  };
  rig.turn(3);
  expect(rig.reports.map(({ endUs }) => Math.floor(endUs / 1e6))).toEqual([1000, 1001, 1003, 1005]);
});

test("a host that is not ready is asked each second, and all attempts are counted", () => {
  const rig = new DaemonRig({ start: REFUSED }).begin();
  rig.turn(2);
  expect([rig.events, rig.daemon.phase]).toEqual([["start failed", "start failed", "start failed"], "waiting"]);
  rig.host({ guestId: REFUSED });
  rig.turn();
  rig.host({ target: 5 });
  rig.turn();
  expect(rig.events).toEqual([...Array(3).fill("start failed"), "guest_id failed", "loaded"]);
  expect([rig.daemon.phase, Math.floor(rig.time.ns / 1e9)]).toEqual(["running", 1004]);
  expect(rig.daemon.engine.state).toMatchObject({
    start: 5,
    startFail: 3,
    guestType: 2,
    guestTypeFail: 1,
    timer: 1,
    size: 5,
  });
});

test("the daemon tells the host before it frees memory, and then closes the worker", async () => {
  const rig = new DaemonRig({ target: 300 }).begin();
  rig.worker.calls.length = 0;
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect(rig.worker.calls).toEqual(["start", "free 300", "close"]);
  expect([rig.worker.ports.balloon, rig.time.pending, rig.daemon.phase]).toEqual([[], 0, "closed"]);
});

test("a host that does not take START on exit does not keep the memory", async () => {
  const rig = new DaemonRig({ target: 300 }).begin();
  rig.host({ start: REFUSED });
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect([rig.worker.ports.balloon, rig.worker.isClosed]).toEqual([[], true]);
});

test.each([0, 1, 2, 3])(
  "a stop in mid-cycle, after %d answers, abandons the cycle and frees all memory",
  async (answers) => {
    const rig = new DaemonRig().begin();
    rig.host({ target: 50 });
    rig.time.next();
    for (let i = 0; i < answers; i++) rig.worker.answerOne();
    const before = rig.worker.calls.length;
    rig.daemon.stop();
    rig.daemon.stop();
    rig.worker.settle();
    await rig.daemon.finished;
    // The call that is out is answered, and nothing follows from it.
    expect(rig.worker.calls.slice(before)).toEqual(["start", "release", "close"]);
    expect([rig.worker.ports.balloon, rig.time.pending, rig.sizes]).toEqual([[], 0, [0]]);
  },
);

test("a stop in the middle of an inflation of many pieces waits for one of them, not for all", async () => {
  const rig = new DaemonRig().begin();
  rig.worker.piece = 10;
  rig.host({ target: 10_000 });
  rig.time.next();
  for (let i = 0; i < 5; i++) rig.worker.answerOne();
  expect([rig.worker.ports.balloon.length, rig.daemon.engine.state.size]).toEqual([20, 0]);
  const signs = rig.signsOfLife;
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  // The piece that was out locks ten more; 10,000 pages are released in a thousand pieces, each of which is progress.
  expect(rig.worker.calls.filter((call) => call === "release")).toHaveLength(1000);
  expect(rig.signsOfLife - signs).toBeGreaterThan(1000);
  expect([rig.worker.ports.balloon, rig.outcome]).toEqual([[], "done"]);
});

test.each([1, 7, 100])("pieces of %d pages change nothing but the number of calls", (piece) => {
  const story = (rig: DaemonRig) => {
    rig.host({
      target: 500,
      lock: [
        { at: 2, status: 5 },
        { at: 50, status: 1 },
      ],
    });
    rig.turn(2);
    rig.host({ target: 100, unlock: [{ at: 2, status: 8 }] });
    rig.turn(2);
    rig.host({ target: 100 });
    rig.turn(2);
    rig.host({ targetStatus: 7 });
    rig.turn(2);
    return [rig.daemon.engine.state, rig.sizes, rig.worker.ports.balloon];
  };
  const inPieces = new DaemonRig().begin();
  inPieces.worker.piece = piece;
  expect(story(inPieces)).toEqual(story(new DaemonRig().begin()));
});

test("a START that is answered with capabilities is a success", () => {
  const rig = new DaemonRig({ start: 0x0300_0000, target: 10 }).begin();
  expect([rig.events, rig.sizes, rig.daemon.statuses.counts]).toEqual([["loaded"], [10], []]);
});

test("the daemon counts refusals by command and status", () => {
  const rig = new DaemonRig({ target: 10, lock: [2, 3, 5].map((at) => ({ at, status: 5 })) }).begin();
  rig.host({ targetStatus: 8 });
  rig.turn(2);
  const { statuses } = rig.daemon;
  expect(statuses.counts).toEqual([
    { command: "lock", status: 5, count: 3 },
    { command: "get_target", status: 8, count: 2 },
  ]);
  expect([statuses.last("lock"), statuses.last("get_target"), statuses.last("unlock")]).toEqual([5, 8, undefined]);
  expect(rig.daemon.engine.state).toMatchObject({ lockFail: 3, targetFail: 2 });
});

test("the daemon reports changes of the machine's memory", () => {
  const rig = new DaemonRig({ totalPages: 1000 }).begin();
  rig.turn();
  rig.host({ totalPages: 5000 });
  rig.turn(2);
  expect(rig.memory).toEqual([1000, 5000]);
});

test("rates that were put in force once are not put in force again", () => {
  const rig = new DaemonRig({ target: 100_000 }).begin();
  rig.daemon.reload({ ...DEFAULT_RATES, nosleepAllocMax: 10 }, { floorPages: 0, psiLimit: 100 });
  rig.turn();
  rig.daemon.engine.setRates({ ...DEFAULT_RATES, nosleepAllocMax: 20 });
  rig.turn();
  expect(rig.sizes).toEqual([16_385, 16_396, 16_417]);
});

test.each([0, 1])("a stop while the host is asked for the first time, after %d answers", async (answers) => {
  const rig = new DaemonRig({ target: 50 });
  rig.daemon.begin();
  for (let i = 0; i < answers; i++) rig.worker.answerOne();
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect(rig.worker.calls).toEqual(["start", "guestId", "start", "close"]);
  expect(rig.reports).toEqual([]);
});

test("a stop between two attempts to load closes at once", async () => {
  const rig = new DaemonRig({ start: REFUSED }).begin();
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect([rig.worker.calls, rig.time.pending]).toEqual([["start", "close"], 0]);
});

test("a stop while an attempt to load fails closes, too", async () => {
  const rig = new DaemonRig({ start: REFUSED });
  rig.daemon.begin();
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect(rig.worker.calls).toEqual(["start", "close"]);
});

test("a stop before the daemon has begun only closes the worker", async () => {
  const rig = new DaemonRig();
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect(rig.worker.calls).toEqual(["close"]);
});

test("a failure of the worker ends the daemon with its exit code, after START and the release of all memory", async () => {
  const rig = new DaemonRig({ target: 50 }).begin();
  rig.host({ target: 90 });
  rig.worker.failure = { code: "FRAMES_HIDDEN", message: "the kernel hides frame numbers" };
  rig.worker.calls.length = 0;
  rig.turn();
  await expect(rig.daemon.finished).rejects.toMatchObject({ message: "the kernel hides frame numbers", exitCode: 20 });
  expect(rig.worker.calls).toEqual(["totalPages", "start", "release", "close"]);
});

test("a failure that START and close share is reported once", async () => {
  const rig = new DaemonRig({ target: 50 }).begin();
  rig.worker.failure = { code: "SYSTEM", message: "first" };
  rig.time.next();
  rig.worker.failure = { code: "SYSTEM", message: "second" };
  rig.worker.answerOne();
  rig.worker.settle();
  await expect(rig.daemon.finished).rejects.toMatchObject({ message: "first", exitCode: 1 });
});

test("an answer that the policy can't take ends the daemon in the same way", async () => {
  const rig = new DaemonRig({ targetStatus: -7 }).begin();
  await expect(rig.daemon.finished).rejects.toThrow(/status/);
  expect(rig.worker.isClosed).toBe(true);
});

test("new rates are in force from the next cycle on, and keep the balloon", () => {
  const rig = new DaemonRig({ target: 60_000 }).begin();
  rig.daemon.reload({ ...DEFAULT_RATES, nosleepAllocMax: 99, allocMax: 1000 }, { floorPages: 7, psiLimit: 3 });
  expect(rig.worker.limits).toEqual([7, 3]);
  expect(rig.daemon.engine.state.rateAlloc).toBe(2048);
  rig.turn();
  expect(rig.sizes).toEqual([16_385, 16_485]);
  expect(rig.daemon.engine.state).toMatchObject({ rateAlloc: 1000, start: 1 });
});

test("rates that were read while the host was not ready are in force from the first cycle on", () => {
  const rig = new DaemonRig({ start: REFUSED }).begin();
  rig.daemon.reload({ ...DEFAULT_RATES, nosleepAllocMax: 9 }, { floorPages: 0, psiLimit: 100 });
  rig.host({ target: 60_000 });
  rig.turn();
  expect(rig.sizes).toEqual([10]);
});

test("a reset frees all pages and begins anew", () => {
  const rig = new DaemonRig({ target: 500 }).begin();
  rig.host({ targetStatus: 7 });
  rig.turn();
  rig.host({ target: 200 });
  rig.turn();
  expect(rig.sizes).toEqual([500, 500, 200]);
  expect(rig.daemon.engine.state).toMatchObject({ start: 2, guestType: 2 });
});

test("a renewal tells the host before it frees memory, loads anew, and fills the balloon again", () => {
  const rig = new DaemonRig({ target: 300 }).begin();
  rig.worker.calls.length = 0;
  rig.daemon.renew();
  expect(rig.daemon.phase).toBe("waiting");
  rig.worker.settle();
  // The driver's unload sends START, too.
  expect(rig.worker.calls.slice(0, 5)).toEqual(["start", "start", "free 300", "start", "guestId"]);
  expect([rig.daemon.phase, rig.events, rig.sizes]).toEqual(["running", ["loaded", "loaded"], [300, 300]]);
  // One timer: the daemon goes on with a cycle each second.
  expect(rig.time.pending).toBe(1);
  rig.host({ target: 200 });
  rig.turn();
  expect([rig.sizes.at(-1), rig.worker.ports.balloon.length]).toEqual([200, 200]);
});

test("a renewal after a stop does nothing", () => {
  const rig = new DaemonRig({ target: 50 }).begin();
  rig.daemon.stop();
  rig.daemon.renew();
  rig.worker.settle();
  expect([rig.daemon.phase, rig.worker.isClosed]).toEqual(["closed", true]);
});

test("a renewal frees no page before the host accepts START", () => {
  const rig = new DaemonRig({ target: 300 }).begin();
  rig.host({ start: REFUSED });
  rig.worker.calls.length = 0;
  rig.daemon.renew();
  rig.worker.settle();
  rig.turn(2);
  expect([rig.daemon.phase, rig.events, rig.worker.ports.balloon.length]).toEqual([
    "waiting",
    ["loaded", "start failed", "start failed", "start failed"],
    300,
  ]);
  expect([new Set(rig.worker.calls), rig.time.pending]).toEqual([new Set(["start"]), 1]);
  rig.host({ target: 200 });
  rig.worker.calls.length = 0;
  rig.turn();
  expect(rig.worker.calls.slice(0, 5)).toEqual(["start", "start", "free 300", "start", "guestId"]);
  expect([rig.daemon.phase, rig.sizes.at(-1), rig.time.pending]).toEqual(["running", 200, 1]);
});

test("a stop while a renewal waits for the host ends with all memory freed", async () => {
  const rig = new DaemonRig({ target: 300 }).begin();
  rig.host({ start: REFUSED });
  rig.daemon.renew();
  rig.worker.settle();
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect([rig.worker.ports.balloon, rig.worker.isClosed, rig.time.pending]).toEqual([[], true, 0]);
});

test("a renewal at the end of a cycle begins no other cycle, however long the host takes to answer START", () => {
  const rig = new DaemonRig({ target: 300 }).begin();
  rig.onCycle = () => rig.daemon.renew();
  rig.time.next();
  while (rig.daemon.phase === "running") expect(rig.worker.answerOne()).toBe(true);
  expect([rig.sizes.length, rig.time.pending, rig.worker.calls.at(-1)]).toEqual([2, 0, "start"]);
  rig.onCycle = () => {};
  rig.worker.settle();
  expect([rig.daemon.phase, rig.time.pending]).toEqual(["running", 1]);
});

test.each([0, 1, 2, 3, 4])("a stop in a renewal, after %d answers, ends with all memory freed", async (answers) => {
  const rig = new DaemonRig({ target: 50 }).begin();
  rig.daemon.renew();
  for (let i = 0; i < answers; i++) rig.worker.answerOne();
  rig.daemon.stop();
  rig.worker.settle();
  await rig.daemon.finished;
  expect([rig.worker.ports.balloon, rig.worker.isClosed, rig.time.pending]).toEqual([[], true, 0]);
});
