import { afterEach, describe, expect, test, vi } from "vitest";
import { RunError } from "../../../src/common/errors.ts";
import { DEFAULT_GIVE_WAY, type GiveWaySettings, type GuestReadings } from "../../../src/common/give-way.ts";
import { type Held, NO_ORDERS, type Orders } from "../../../src/hw/control/orders.ts";
import { Operator } from "../../../src/hw/daemon/operator.ts";
import { DaemonRig } from "../../support/worlds/daemon-rig.ts";

const CALM: GuestReadings = { psiFull: 0, available: 10_000, floor: 1000, total: 64_000 };
const SHORT: GuestReadings = { ...CALM, psiFull: 2.5, available: 256 };

afterEach(() => {
  vi.useRealTimers();
});

/** An operator of a balloon. */
class Rig {
  held: Held = { max: null, machinePages: 2 ** 20, size: 1000 };
  readings: GuestReadings = CALM;
  nowUs = 0;
  readonly said: string[] = [];
  /** The orders that were written to the file, in their order. */
  readonly written: Orders[] = [];
  changes = 0;
  failure: RunError | null = null;
  /** What writes to the file wait for. */
  disk: Promise<void> = Promise.resolve();
  /** Why the last GET_TARGET has brought no target. */
  noTarget: string | null = null;
  readonly operator: Operator;

  readonly giveWay: GiveWaySettings | null;

  constructor(kept: Orders = NO_ORDERS, giveWay: GiveWaySettings | null = null) {
    this.giveWay = giveWay;
    const say = (message: string): void => void this.said.push(message);
    this.operator = new Operator({
      held: () => this.held,
      readings: () => this.readings,
      giveWay: this.giveWay,
      nowUs: () => this.nowUs,
      file: {
        read: () => kept,
        write: async (orders) => {
          await this.disk;
          if (this.failure !== null) throw this.failure;
          this.written.push(orders);
        },
        shown: "orders.json",
      },
      log: { info: say, warn: say, error: say },
      noTarget: () => this.noTarget,
      changed: () => this.changes++,
    });
  }

  async post(path: string, query = "") {
    const page = await this.operator.actions.get(path)?.(new URLSearchParams(query));
    return `${page?.status ?? 200} ${page?.body.trimEnd()}`;
  }
}

describe("an operator", () => {
  test("is told what is in force after each order, and so is the log", async () => {
    const rig = new Rig();
    rig.operator.steering.steer(3000);
    expect(await rig.post("/freeze")).toBe(
      "200 the balloon is frozen at 3.91MiB (it has 3.91MiB, the host asks for 11.72MiB)",
    );
    expect(rig.operator.steering.steer(5000)).toBe(1000);
    expect(await rig.post("/drain")).toMatch(/^200 the balloon is drained \(/);
    expect(rig.operator.steering.steer(5000)).toBe(0);
    expect(await rig.post("/limit", "size=2MiB")).toMatch(/^200 the balloon is drained \(/);
    expect(await rig.post("/thaw")).toMatch(/^200 the balloon is limited to 2MiB \(/);
    expect(rig.operator.steering.steer(5000)).toBe(512);
    expect(await rig.post("/limit", "size=none")).toMatch(/^200 the balloon follows the host \(/);
    expect(rig.operator.steering.steer(5000)).toBe(5000);
    expect(rig.changes).toBe(5);
    expect(rig.said[0]).toBe(
      "by an operator's order the balloon is frozen at 3.91MiB (it has 3.91MiB, the host asks for 11.72MiB)",
    );
    expect(rig.written).toEqual([]);
    expect(rig.operator.status).toMatchObject({ inForce: "follow", hostTargetPages: 5000, targetPages: 5000 });
  });

  test.each([
    ["", "/limit: expected ?size=SIZE"],
    ["size=lots", "expected a size with its unit, such as 512MiB"],
    ["size=0", 'expected more than 0, found "0"'],
  ])("who gives a limit of %j is refused, and nothing changes", async (query, why) => {
    const rig = new Rig();
    expect(await rig.post("/limit", query)).toContain(`400 ${why}`);
    expect([rig.changes, rig.operator.text]).toEqual([0, null]);
  });

  test("is told the ceiling that holds, also in the health text and in the status", async () => {
    const rig = new Rig();
    rig.operator.steering.steer(3000);
    rig.held = { ...rig.held, max: { pages: 512 } };
    expect([rig.operator.text, rig.operator.sentence]).toEqual([
      "limited to 2MiB by max",
      "the balloon is limited to 2MiB by max",
    ]);
    expect(rig.operator.status).toMatchObject({ inForce: "follow", ceilingPages: 512, ceilingBy: "max" });
    rig.operator.steering.steer(512);
    expect([rig.operator.text, rig.operator.sentence]).toEqual([null, null]);
    expect(await rig.post("/limit", "size=3MiB")).toMatch(/^200 the balloon is limited to 3MiB, and to 2MiB by max \(/);
    expect(await rig.post("/freeze")).toMatch(/^200 the balloon is frozen at 3.91MiB, and limited to 2MiB by max \(/);
    expect(await rig.post("/limit", "size=1MiB")).toMatch(
      /^200 the balloon is frozen at 3.91MiB, and limited to 1MiB \(/,
    );
    expect(rig.operator.sentence).toBe("by an operator's order the balloon is frozen at 3.91MiB, and limited to 1MiB");
    expect(rig.operator.status).toMatchObject({ ceilingPages: 256, ceilingBy: "limit" });
  });

  test("whose host is silent is told that an order is not in force yet, unless it leaves the size as it is", async () => {
    const rig = new Rig();
    rig.operator.steering.steer(1000);
    rig.noTarget = "the host does not answer GET_TARGET";
    const drained =
      "accepted, not in force yet: the host does not answer GET_TARGET; from the next answer on the balloon is drained (it has 3.91MiB, the host asked for 3.91MiB)";
    expect(await rig.post("/drain")).toBe(`503 ${drained}`);
    expect(rig.said.at(-1)).toBe(`an operator's order is ${drained}`);
    expect([rig.operator.control, rig.changes]).toEqual(["drain", 1]);
    expect(await rig.post("/freeze")).toMatch(/^200 the balloon is frozen at 3.91MiB \(/);
    expect(await rig.post("/limit", "size=1MiB")).toMatch(/^503 accepted, not in force yet: .* and limited to 1MiB \(/);
    rig.failure = new RunError("orders.json: can't be written");
    expect(await rig.post("/drain", "persist=")).toBe(
      `503 ${drained}, but a restart will not keep it: orders.json: can't be written`,
    );
    rig.noTarget = null;
    expect(await rig.post("/limit", "size=2MiB")).toMatch(/^200 the balloon is drained \(/);
  });

  test("keeps an order over restarts only where that is asked for", async () => {
    const rig = new Rig();
    expect(await rig.post("/freeze", "persist=")).toContain("; this holds over restarts");
    const frozen = { mode: "freeze", frozenPages: 1000, limit: null };
    expect(rig.written).toEqual([frozen]);
    expect(await rig.post("/drain")).not.toContain("restarts");
    expect([rig.written.length, rig.operator.status.kept]).toEqual([1, frozen]);
  });

  test("who ends an order ends it for restarts, too", async () => {
    const limit = { pages: 512 };
    const rig = new Rig({ mode: "drain", frozenPages: 0, limit });
    await rig.post("/thaw");
    expect(rig.written).toEqual([{ ...NO_ORDERS, limit }]);
    await rig.post("/limit", "size=none");
    expect(rig.written.at(-1)).toEqual(NO_ORDERS);
  });

  test("finds kept orders in force after a restart, and the log says so", () => {
    const rig = new Rig({ mode: "freeze", frozenPages: 300, limit: null });
    expect(rig.said).toEqual(["by an order that was kept over the restart the balloon is frozen at 1.17MiB"]);
    rig.held = { ...rig.held, size: 0 };
    expect(rig.operator.steering.steer(200)).toBe(200);
    expect(rig.operator.steering.steer(900)).toBe(300);
  });

  test("who can't keep an order has it in force all the same, and is told", async () => {
    const rig = new Rig();
    rig.failure = new RunError("/var/lib/balloon-hw/orders.json: can't be written: no space left on device");
    expect(await rig.post("/drain", "persist=")).toBe(
      `500 the order is in force, but a restart will not keep it: ${rig.failure.message}`,
    );
    expect([rig.operator.control, rig.changes]).toEqual(["drain", 1]);
    expect(rig.said.at(-1)).toContain("no space left on device");
  });

  test("has an order in force at once, and an answer after three seconds, however slow the disk is", async () => {
    vi.useFakeTimers();
    const rig = new Rig();
    let isWritten = (): void => {};
    rig.disk = new Promise((resolve) => {
      isWritten = resolve;
    });
    const answer = rig.post("/drain", "persist=");
    expect([rig.operator.control, rig.changes, rig.operator.steering.steer(5000)]).toEqual(["drain", 1, 0]);
    await vi.advanceTimersByTimeAsync(2999);
    expect(rig.said).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    const late =
      "the order is in force, but orders.json is not written yet, after 3 s: the disk is slow, and the log will say when it is";
    expect([await answer, rig.said.at(-1), rig.operator.status.kept]).toEqual([`500 ${late}`, late, NO_ORDERS]);
    isWritten();
    await vi.advanceTimersByTimeAsync(0);
    expect(rig.said.at(-1)).toBe("orders.json: the order holds over restarts as given now");
    expect(rig.operator.status.kept.mode).toBe("drain");
    expect(await rig.post("/thaw")).toMatch(/^200 the balloon follows the host \(/);
    expect(rig.written.at(-1)).toEqual(NO_ORDERS);
  });

  test("is told by the log where a slow disk fails in the end", async () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.disk = new Promise((resolve) => setTimeout(resolve, 10_000));
    rig.failure = new RunError("orders.json: can't be written: input/output error");
    const answer = rig.post("/freeze", "persist=");
    await vi.advanceTimersByTimeAsync(3000);
    expect(await answer).toContain("is not written yet");
    await vi.advanceTimersByTimeAsync(7000);
    expect(rig.said.at(-1)).toBe(
      "an order is in force, but a restart will not keep it: orders.json: can't be written: input/output error",
    );
  });
});

describe("a balloon that gives way", () => {
  /** Lets a second pass, and the balloon do what its target says. */
  const second = (rig: Rig, readings: GuestReadings): number => {
    rig.readings = readings;
    rig.nowUs += 1e6;
    const size = rig.operator.steering.steer(5000);
    rig.held = { ...rig.held, size };
    return size;
  };

  test("says so, with the figures, and what it holds off for", () => {
    const rig = new Rig(NO_ORDERS, DEFAULT_GIVE_WAY);
    rig.held = { ...rig.held, size: 5000 };
    expect([second(rig, CALM), second(rig, SHORT), second(rig, SHORT)]).toEqual([5000, 4000, 3000]);
    expect(rig.operator.giveWay).toMatchObject({ phase: "giving", episodes: 1, givenPages: 2000 });
    expect([rig.operator.text, rig.operator.sentence]).toEqual([
      "gives way to memory pressure",
      "the balloon gives way to memory pressure",
    ]);
    second(rig, CALM);
    expect(rig.operator.text).toBe("does not grow for up to 5m after memory pressure");
    rig.nowUs += 250e6;
    expect([second(rig, CALM), rig.operator.text]).toEqual([3000, "does not grow for up to 1m after memory pressure"]);
    rig.nowUs += 250e6;
    expect([second(rig, CALM), rig.operator.text]).toEqual([5000, null]);
    expect(rig.said).toEqual([
      "memory is short (1MiB of 3.91MiB are available, PSI full is 2.5 %): the balloon gives way",
      "memory is no longer short: the balloon was asked for 7.81MiB, and does not grow for 5m without pressure",
      "the balloon follows the host again",
    ]);
  });

  test("does not while an operator has frozen it, and does below a limit", async () => {
    const rig = new Rig(NO_ORDERS, DEFAULT_GIVE_WAY);
    await rig.post("/freeze");
    expect([second(rig, SHORT), second(rig, SHORT)]).toEqual([1000, 1000]);
    await rig.post("/thaw");
    await rig.post("/limit", "size=2MiB");
    expect(second(rig, SHORT)).toBe(0);
    expect(rig.operator.sentence).toBe("the balloon gives way to memory pressure");
    expect(rig.operator.giveWay?.episodes).toBe(1);
  });

  test("stops at once where the setting is turned off", () => {
    const rig = new Rig(NO_ORDERS, DEFAULT_GIVE_WAY);
    rig.held = { ...rig.held, size: 5000 };
    second(rig, SHORT);
    rig.operator.steering.setGiveWay(null);
    expect([second(rig, SHORT), rig.operator.giveWay, rig.operator.text]).toEqual([5000, null, null]);
    rig.operator.steering.setGiveWay({ ...DEFAULT_GIVE_WAY, pace: 10 });
    expect(second(rig, SHORT)).toBe(4990);
  });
});

describe("a daemon", () => {
  const daemon = (script: ConstructorParameters<typeof DaemonRig>[0]) => {
    const rig: DaemonRig = new DaemonRig(script, undefined, () => operator.operator.steering);
    const operator = new Rig();
    const order = (path: string, query?: string) => {
      operator.held = { ...operator.held, size: rig.daemon.engine.state.size };
      // It is in force before its answer comes.
      const said = operator.post(path, query);
      rig.daemon.hurry();
      return said;
    };
    rig.onCycle = ({ state }) => {
      operator.held = { ...operator.held, size: state.size };
    };
    return { rig, order };
  };

  test("follows orders at once and the host again after them, and asks for its target all the time", () => {
    const { rig, order } = daemon({ target: 40_000 });
    rig.begin();
    order("/freeze");
    rig.worker.settle();
    rig.turn(2);
    order("/drain");
    rig.worker.settle();
    rig.turn(1);
    order("/thaw");
    rig.worker.settle();
    rig.turn(1);
    expect(rig.sizes).toEqual([16_385, 16_385, 16_385, 16_385, 1, 0, 16_385, 32_770]);
    expect(rig.reports.map(({ hostTarget }) => hostTarget)).toEqual(Array(8).fill(40_000));
    expect(rig.daemon.engine.state.targetCount).toBe(8);
    // Orders are followed in cycles of their own: the seconds of the others stay whole.
    expect(rig.reports.map(({ endUs }) => Math.floor(endUs / 1e6))).toEqual([
      1000, 1000, 1001, 1002, 1002, 1003, 1003, 1004,
    ]);
  });

  test("deflates a frozen balloon to a lower limit, and keeps it there", async () => {
    const { rig, order } = daemon({ target: 40_000 });
    rig.begin();
    order("/freeze");
    rig.worker.settle();
    expect(await order("/limit", "size=4MiB")).toMatch(
      /^200 the balloon is frozen at 64MiB, and limited to 4MiB \(it has 64MiB,/,
    );
    rig.worker.settle();
    rig.turn(2);
    order("/limit", "size=none");
    rig.worker.settle();
    rig.turn(1);
    expect(rig.sizes).toEqual([16_385, 16_385, 1024, 1024, 1024, 16_385, 16_385]);
  });

  test("whose cycle is under way allocates no more at an order that forbids it, and begins another one at its end", async () => {
    const { rig, order } = daemon({ target: 40_000, nosleepOk: 100 });
    rig.worker.piece = 1000;
    rig.daemon.begin();
    while (!rig.worker.calls.at(-1)?.startsWith("lock")) rig.worker.answerOne();
    order("/freeze");
    rig.worker.settle();
    expect([rig.sizes, rig.worker.calls.filter((call) => call.startsWith("allocate"))]).toEqual([
      [100],
      ["allocate 16385"],
    ]);
    await Promise.resolve();
    rig.worker.settle();
    // The balloon was empty when the order came.
    expect(rig.sizes).toEqual([100, 0]);
    rig.turn(3);
    expect(rig.sizes.at(-1)).toBe(0);
  });

  test("without orders sends the same requests and counts the same as one that can't be held", () => {
    const plain = new DaemonRig({ target: 40_000, nosleepOk: 9000 }).begin();
    const { rig } = daemon({ target: 40_000, nosleepOk: 9000 });
    rig.begin();
    for (const each of [plain, rig]) {
      each.turn(3);
      each.host({ target: 10_000, lock: [{ at: 3, status: 5 }] });
      each.turn(4);
    }
    expect(rig.worker.calls).toEqual(plain.worker.calls);
    expect(rig.daemon.engine.state).toEqual(plain.daemon.engine.state);
  });
});
