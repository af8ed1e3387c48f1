import { join } from "node:path";
import { expect, test } from "vitest";
import { policyNamed } from "../../../src/common/policy-named.ts";
import { episodesOf } from "../../../src/sim/causes/index.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import { explain } from "../../../src/sim/why/explain.ts";
import { MEASURES, type Measured } from "../../../src/sim/why/measure.ts";
import { record, type Trial, type TrialResult, type WhySetup } from "../../../src/sim/why/trial.ts";
import { ROOT } from "../../support/processes/command.ts";

test("a change that makes no run possible is told as such, with the reason; others keep their figures", async () => {
  const policy = policyNamed("vmmemctl", "driver");
  const trace = join(ROOT, "test/sim/why/traces/no-swap.json");
  const setup: WhySetup = { trace, driver: policy.name, rates: policy.defaults, seed: null, whatIf: AS_IT_IS };
  const recorded = await record(setup);
  const measured = Object.fromEntries(MEASURES.map((name) => [name, 1])) as unknown as Measured;
  // In one of the worlds there is no such guest.
  const run = async (trials: readonly Trial[]): Promise<TrialResult[]> =>
    trials.map(({ remedy, world, windows }) =>
      remedy === "memory" && world === 2
        ? { failure: "the guest is too small" }
        : { windows: windows.map(() => measured), run: measured, failure: null },
    );
  const [worst] = await explain(recorded, episodesOf(recorded.recording).slice(0, 1), 3, run);
  expect(worst?.tried.find(({ remedy }) => remedy === "memory")).toMatchObject({
    ...{ effect: "impossible", failure: "the guest is too small" },
    ...{ values: null, waits: null, kills: null, balloon: null, full: null },
  });
  expect(worst?.tried.find(({ remedy }) => remedy === "swap")).toMatchObject({ effect: "none", failure: null });
  expect(worst?.kills.run).toEqual([1, 1, 1]);
});
