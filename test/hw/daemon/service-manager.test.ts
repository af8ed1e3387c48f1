import { expect, test } from "vitest";
import { ServiceManager, type WatchdogEnvironment } from "../../../src/hw/daemon/service-manager.ts";

function rig(environment: WatchdogEnvironment = {}) {
  const sent: string[] = [];
  const time = { us: 5_000_000 };
  const queue = { isFull: false };
  const notify = (state: string): boolean => {
    if (!queue.isFull) sent.push(state);
    return !queue.isFull;
  };
  return { sent, time, queue, manager: new ServiceManager(notify, () => time.us, environment, 42) };
}

test("the service manager gets READY, STATUS, RELOADING and STOPPING, and no status twice", () => {
  const { sent, manager } = rig();
  manager.status("waiting for the host");
  manager.ready();
  manager.status("waiting for the host");
  manager.status("1GiB of 2GiB");
  manager.reloading();
  manager.ready();
  manager.stopping();
  expect(sent).toEqual([
    "STATUS=waiting for the host",
    "READY=1",
    "STATUS=1GiB of 2GiB",
    "RELOADING=1\nMONOTONIC_USEC=5000000",
    "READY=1",
    "STOPPING=1",
  ]);
});

test("the watchdog is fed three times in its period, and only after some work", () => {
  const { sent, time, manager } = rig({ WATCHDOG_USEC: "60000000", WATCHDOG_PID: "42" });
  for (let second = 1; second <= 65; second++) {
    time.us += 1_000_000;
    // Ten seconds in which nothing is answered.
    if (second < 25 || second >= 35) manager.alive();
    if (sent.length > 0 && sent.at(-1) === "WATCHDOG=1") sent[sent.length - 1] = `fed at ${second}`;
  }
  expect(sent).toEqual(["fed at 20", "fed at 40", "fed at 60"]);
});

test("READY and the watchdog's message are repeated where the manager's queue was full", () => {
  const { sent, time, queue, manager } = rig({ WATCHDOG_USEC: "60000000" });
  queue.isFull = true;
  manager.ready();
  time.us += 20_000_000;
  manager.alive();
  expect(sent).toEqual([]);
  queue.isFull = false;
  time.us += 1_000_000;
  manager.alive();
  manager.alive();
  expect(sent).toEqual(["READY=1", "WATCHDOG=1"]);
});

test.each<WatchdogEnvironment>([{}, { WATCHDOG_USEC: "0" }, { WATCHDOG_USEC: "60000000", WATCHDOG_PID: "41" }])(
  "a missing watchdog, or one of another process, is not fed: %j",
  (environment) => {
    const { sent, time, manager } = rig(environment);
    time.us += 1e9;
    manager.alive();
    expect(sent).toEqual([]);
  },
);
