import { expect, test } from "vitest";
import { ask } from "../../../src/hw/cli/ask-host.ts";
import type { NativeWorker } from "../../../src/hw/native/addon.ts";
import { FakeWorker } from "../../support/fakes/fake-worker.ts";
import { CALM_HOST } from "../../support/worlds/daemon-rig.ts";
import { PageWorld, type WorldScript } from "../../support/worlds/page-world.ts";

/** A host with such answers, and a worker that answers each call at once. */
function host(script: Partial<WorldScript>) {
  const world = new PageWorld({ ...CALM_HOST, ...script }, 1000);
  const worker = new FakeWorker(world);
  const prompt = new Proxy<NativeWorker>(worker, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        const result = value.apply(target, given);
        worker.settle();
        return result;
      };
    },
  });
  return { world, worker, asked: () => ask(prompt, "basic") };
}

test("a host that takes a page and gives it back is told that no balloon is left", async () => {
  const { world, worker, asked } = host({ target: 5 });
  expect(await asked()).toMatchObject({ page: { isTaken: true, text: expect.stringContaining("target is 20KiB") } });
  expect([world.commands.at(-1), worker.isClosed]).toEqual(["START 2", true]);
});

test("a host that refuses a page is no fault", async () => {
  const { asked } = host({ lock: [{ at: 0, status: 4 }] });
  expect(await asked()).toMatchObject({ page: { isTaken: false, text: expect.stringContaining("refused to lock") } });
});

test.each([
  ["START", { start: 2 }, "the host does not accept START (status 2, PPN_INVALID)"],
  ["GUEST_ID", { guestId: 2 }, "the host does not accept GUEST_ID (status 2, PPN_INVALID)"],
])("a host that refuses %s, so that no daemon could be loaded, is a failure", async (_, script, message) => {
  const { worker, asked } = host(script);
  await expect(asked()).rejects.toMatchObject({ message, exitCode: 1 });
  expect(worker.isClosed).toBe(true);
});
