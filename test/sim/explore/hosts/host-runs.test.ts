import { expect, test } from "vitest";
import type { HostWorlds, RanInPage } from "../../../../src/sim/explore/hosts/protocol.ts";
import { HostRuns } from "../../../../src/sim/explore/page/hosts/host-runs.ts";

/** A run whose result has that name. */
const run = (name: string) => ({ result: { name } }) as unknown as RanInPage;
const result = (name: string) => run(name).result;

/** Runs of which the shown and the pinned one are over. */
function begun(): HostRuns {
  const runs = new HostRuns();
  runs.begin();
  runs.show(run("shown"));
  runs.pin(run("pinned"));
  return runs;
}

test("the pinned run stays while the shown settings change, and goes when others are pinned", () => {
  const runs = begun();
  runs.spread({ shown: [result("shown")], pinned: [result("pinned")] } satisfies HostWorlds);
  runs.begin();
  runs.show(run("next"));
  expect(runs.compared(false)).toMatchObject({ shown: result("next"), pinned: result("pinned"), worlds: null });
  runs.forgetPinned();
  expect(runs.compared(false)).toMatchObject({ shown: result("next"), pinned: null, worlds: null });
  expect(runs.compared(true)).toMatchObject({ pinned: null });
});

test("figures of a pinned run that fails go, and no worlds are announced", () => {
  const runs = begun();
  expect(runs.compared(false)?.alone).toBe("One world. 3 worlds follow.");
  runs.fail("pinned");
  expect(runs.compared(false)).toMatchObject({
    pinned: null,
    alone: "One world, and nothing to compare with: the pinned run has failed.",
  });
});

test("a run in more worlds that fails is told, until the next run", () => {
  const runs = begun();
  runs.fail("worlds");
  expect(runs.compared(false)).toMatchObject({
    pinned: result("pinned"),
    alone: "One world: a run in more worlds has failed.",
  });
  runs.begin();
  expect(runs.compared(false)?.alone).toMatch(/follow/);
});

test("runs that take too long for more worlds are told, and nothing is left for another host", () => {
  const runs = begun();
  runs.spread(null);
  expect(runs.compared(false)?.alone).toMatch(/takes too long/);
  runs.clear();
  expect(runs.compared(false)).toBeNull();
});
