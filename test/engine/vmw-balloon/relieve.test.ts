import { expect, it } from "vitest";
import { VMW_BALLOON } from "../../../src/engine/index.ts";
import { BatchPorts, OneTimer } from "../../support/worlds/batch-ports.ts";
import { BatchWorld, CALM } from "../../support/worlds/batch-world.ts";

it("a driver that is relieved while an answer of its cycle is due gives pages, and goes on where it was", () => {
  const world = new BatchWorld({ ...CALM, targets: [2000] });
  const ports = new BatchPorts(world);
  const clock = new OneTimer();
  const params = { ...VMW_BALLOON.defaults, shrinker: 1 };
  const driver = VMW_BALLOON.create(params, {
    clock,
    cpu: 0,
    allocator: ports,
    hypervisor: ports,
    events: {},
  } as never);
  driver.load();
  const size = driver.view.size;
  expect(size).toBeGreaterThanOrEqual(2000);
  const late: (() => void)[] = [];
  ports.deliver = (answer) => late.push(answer);
  clock.next();
  const waits = driver.view.waitsFor;
  expect(waits).not.toBeNull();
  ports.deliver = (answer) => answer();
  const given = driver.relieve?.(600, false) ?? 0;
  expect(given).toBeGreaterThan(0);
  expect([driver.view.size, ports.size, world.held, world.locked]).toEqual(Array(4).fill(size - given));
  expect(driver.view.waitsFor).toBe(waits);
  while (late.length > 0) (late.shift() as () => void)();
  expect([driver.view.waitsFor, driver.violated?.() ?? null]).toEqual([null, null]);
});
