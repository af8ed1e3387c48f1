import { expect, test } from "vitest";
import type { Answered } from "../../../src/hw/native/addon.ts";
import { type DryMemory, DryWorker } from "../../../src/hw/ports/dry-worker.ts";
import { FakeWorker } from "../../support/fakes/fake-worker.ts";
import { CALM_HOST } from "../../support/worlds/daemon-rig.ts";
import { PageWorld } from "../../support/worlds/page-world.ts";

/** A dry run on a machine whose memory is set. */
class Dry {
  readonly real: FakeWorker;
  readonly worker: DryWorker;
  memory: DryMemory | null = { available: 1000, aboveLow: 600, psiFull: 0 };

  constructor(floorPages = 100) {
    this.real = new FakeWorker(new PageWorld({ ...CALM_HOST, target: 700 }, 2000));
    this.worker = new DryWorker(this.real, { floorPages, psiFullLimit: 10 }, () => this.memory);
  }

  /** The two numbers of an answer. */
  ask(call: (answered: Answered) => void): Promise<[number, number]> {
    return new Promise((resolve, reject) => {
      call((failure, first, second) => (failure === null ? resolve([first, second]) : reject(failure)));
      this.real.settle();
    });
  }

  allocate = (count: number, canSleep: boolean) => this.ask((done) => this.worker.allocate(count, canSleep, done));
  free = (count: number) => this.ask((done) => this.worker.free(count, 0, done));
}

test("the host is asked, and gets no page", async () => {
  const dry = new Dry();
  expect(await dry.ask((done) => dry.worker.start(1, done))).toEqual([0, 0]);
  expect(await dry.ask((done) => dry.worker.getTarget(2000, done))).toEqual([0, 700]);
  expect(await dry.allocate(50, false)).toEqual([50, 0]);
  expect(await dry.ask((done) => dry.worker.lock(50, done))).toEqual([50, 0]);
  expect(await dry.ask((done) => dry.worker.unlock(20, done))).toEqual([20, 0]);
  expect(await dry.free(20)).toEqual([20, 0]);
  expect(await dry.ask((done) => dry.worker.release(done))).toEqual([0, 0]);
  const pages = /^(allocate|free|lock|unlock|release)/;
  expect(dry.real.calls.filter((call) => pages.test(call))).toEqual([]);
  expect(dry.real.calls).toHaveLength(2);
});

test("allocations keep to watermark, floor and pressure, less what was allocated before", async () => {
  const dry = new Dry(100);
  expect(await dry.allocate(400, false)).toEqual([400, 0]);
  // 600 pages are above the low watermark.
  expect(await dry.allocate(400, false)).toEqual([200, 1]);
  expect(await dry.allocate(400, false)).toEqual([0, 1]);
  // 1000 are available, 100 of which stay.
  expect(await dry.allocate(400, true)).toEqual([300, 1]);
  expect(await dry.allocate(400, true)).toEqual([0, 1]);
  expect(dry.worker.counters()).toMatchObject({ watermarkHits: 1, floorHits: 1, psiHits: 0, pinnedPages: 0 });
  await dry.free(150);
  expect(await dry.allocate(400, true)).toEqual([150, 1]);
  dry.worker.setLimits(50, 10);
  expect(await dry.allocate(400, true)).toEqual([50, 1]);
  dry.memory = { available: 5000, aboveLow: 5000, psiFull: 10.5 };
  expect(await dry.allocate(5, true)).toEqual([0, 1]);
  expect(await dry.allocate(5, false)).toEqual([5, 0]);
  dry.memory = null;
  expect(await dry.allocate(5, false)).toEqual([0, 1]);
  expect(dry.worker.counters()).toMatchObject({ psiHits: 1, unreadableHits: 1 });
});

test("what was allocated is given back by release", async () => {
  const dry = new Dry(0);
  await dry.allocate(1000, true);
  await dry.ask((done) => dry.worker.release(done));
  expect(await dry.allocate(1000, true)).toEqual([1000, 0]);
});
