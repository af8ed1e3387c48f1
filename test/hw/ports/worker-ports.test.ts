import { expect, test } from "vitest";
import { Capability, Status, SUCCESS_WITH_CAPABILITIES } from "../../../src/engine/index.ts";
import type { Answered, NativeWorker, WorkerCounters } from "../../../src/hw/native/addon.ts";
import { protocolLevel, wantedCapabilities } from "../../../src/hw/ports/protocol-level.ts";
import { WorkerPorts } from "../../../src/hw/ports/worker-ports.ts";

const REFUSED = Status.CommandInvalid;
const BATCHED = wantedCapabilities("batched");

/** Ports whose host answers START in turn with these statuses, and grants what is wanted. */
function portsOf(statuses: readonly number[], wanted: number, more: Partial<NativeWorker> = {}) {
  const asked: number[] = [];
  const worker = {
    start: (capabilities: number, answered: Answered) => {
      const status = statuses[asked.length] as number;
      asked.push(capabilities);
      answered(null, status, status === SUCCESS_WITH_CAPABILITIES ? capabilities : Capability.Basic);
    },
    ...more,
  } as NativeWorker;
  const events = { answered: () => {}, memory: () => {}, failed: () => expect.unreachable() };
  const ports = new WorkerPorts(worker, events, wanted);
  const answers: number[] = [];
  ports.start(2, (status) => answers.push(status));
  return { ports, asked, answers };
}

test.each([
  ["basic is the driver's", wantedCapabilities("basic"), [Status.Success], [2], Status.Success],
  ["basic refused", wantedCapabilities("basic"), [REFUSED], [2], REFUSED],
  ["granted", BATCHED, [SUCCESS_WITH_CAPABILITIES], [BATCHED], Status.Success],
  ["a host without capabilities", BATCHED, [Status.Success], [BATCHED], Status.Success],
  ["refused altogether", BATCHED, [REFUSED, Status.Busy], [BATCHED, 2], Status.Busy],
  [
    "capabilities refused twice",
    BATCHED,
    [REFUSED, Status.Success, REFUSED, Status.Success],
    [BATCHED, 2, BATCHED, 2],
    Status.Success,
  ],
  [
    "not ready at first",
    BATCHED,
    [Status.Busy, Status.Success, SUCCESS_WITH_CAPABILITIES],
    [BATCHED, 2, BATCHED],
    Status.Success,
  ],
] as const)("START: %s", (_, wanted, statuses, asked, answer) => {
  const rig = portsOf(statuses, wanted);
  expect([rig.asked, rig.answers]).toEqual([asked, [answer]]);
});

test("sizes of more than 32 bits reach a host that takes them, and the engine gets the largest one that it has", () => {
  const limits: number[] = [];
  const more: Partial<NativeWorker> = {
    totalPages: (answered) => answered(null, 2 ** 33, 0),
    getTarget: (limit, answered) => {
      limits.push(limit);
      answered(null, Status.Success, 2 ** 34);
    },
  };
  const cycle = (status: number, wanted: number) => {
    const { ports } = portsOf([status], wanted, more);
    const got: number[] = [];
    ports.totalPages((pages) => {
      got.push(pages);
      ports.getTarget(pages, (_, target) => got.push(target));
    });
    return got;
  };
  expect(cycle(SUCCESS_WITH_CAPABILITIES, BATCHED)).toEqual([2 ** 32 - 1, 2 ** 32 - 1]);
  expect(cycle(Status.Success, BATCHED)).toEqual([2 ** 33, 2 ** 34]);
  expect(limits).toEqual([2 ** 33, 2 ** 33]);
});

test("the level is that of the capabilities in use", () => {
  expect([2, 0x22, 0x0a, 0x06, 0x2e].map(protocolLevel)).toEqual(["basic", "basic", "basic", "batched", "batched-2m"]);
  expect(wantedCapabilities("auto")).toBe(BATCHED | Capability.Batched2m);
});

test("the refusal of a page in exchange for a part of a page of 2 MiB is an answer to LOCK", () => {
  let exchangeRefusals = 0;
  const { ports } = portsOf([Status.Success], BATCHED, {
    counters: () => ({ exchangeRefusals }) as WorkerCounters,
    lock: (_, answered) => answered(null, 0, Status.Busy),
    unlock: (_, answered) => answered(null, 0, Status.PpnPinned),
  });
  const unlock = () => ports.unlock(1, () => {});
  ports.lock(1, () => {});
  unlock();
  expect([ports.statuses.last("lock"), ports.statuses.last("unlock")]).toEqual([Status.Busy, Status.PpnPinned]);
  exchangeRefusals++;
  unlock();
  expect(ports.statuses.last("lock")).toBe(Status.PpnPinned);
  unlock();
  expect([Status.Busy, Status.PpnPinned].map((status) => ports.statuses.count("lock", status))).toEqual([1, 1]);
  expect(ports.statuses.count("unlock", Status.PpnPinned)).toBe(2);
});
