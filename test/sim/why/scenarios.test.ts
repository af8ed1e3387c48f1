import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { policyNamed } from "../../../src/common/policy-named.ts";
import { episodesOf } from "../../../src/sim/causes/index.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import { type Explained, explain, type Tried } from "../../../src/sim/why/explain.ts";
import { record, runTrial, type Trial, type WhySetup } from "../../../src/sim/why/trial.ts";
import { ROOT } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

const FOLDER = join(ROOT, "test/sim/why/traces");
const WORLDS = 5;

/** Scenarios whose cause is known: what the worst time must be put down to, what helps, and what does not. */
const SCENARIOS: readonly (readonly [name: string, cause: string, remedy: string, decoy: string])[] = [
  ["no-swap", "no-swap", "swap", "min-free"],
  ["swap-full", "swap-full", "swap", "fast-swap"],
  ["slow-swap", "swapping", "fast-swap", "swap"],
  ["fast-inflation", "swapping", "pace", "swap"],
  ["high-target", "swapping", "target", "swap"],
  ["dirty-writers", "dirty-limit", "fast-files", "pace"],
  ["evicted-cache", "cache-evicted", "memory", "swap"],
  ["kept-by-host", "unlock-refused", "no-refusals", "swap"],
  ["reset", "reset", "no-resets", "memory"],
  ["late-kswapd", "burst", "kswapd-earlier", "swap"],
  ["oom-kill", "swap-full", "memory", "fast-swap"],
];

/** @param name of a file of the folder, or of a bundled trace */
async function worstOf(name: string): Promise<Explained> {
  const trace = name.endsWith(".json") ? join(FOLDER, name) : name;
  const source = openTrace(trace);
  source.close();
  const policy = policyNamed(source.trace.guest.driver ?? undefined, "driver");
  const setup: WhySetup = { trace, driver: policy.name, rates: policy.defaults, seed: null, whatIf: AS_IT_IS };
  const recorded = await record(setup);
  const run = (trials: readonly Trial[]) => Promise.all(trials.map((trial) => runTrial(setup, trial)));
  const [worst] = await explain(recorded, episodesOf(recorded.recording).slice(0, 1), WORLDS, run);
  return worst as Explained;
}

describe("why", () => {
  test.each(SCENARIOS)(
    "puts the trouble of %s down to %s: %s takes it below the spread of worlds, %s does not",
    slow(2),
    async (name, cause, remedy, decoy) => {
      const { cause: told, asItIs, tried } = await worstOf(`${name}.json`);
      expect(told).toBe(cause);
      const of = (wanted: string) => tried.find((one) => one.remedy === wanted) as Tried;
      expect(of(remedy)).toMatchObject({ isSuggested: true, effect: expect.stringMatching(/^(prevents|helps)$/) });
      expect(Math.max(...(of(remedy).values?.window ?? [Number.NaN]))).toBeLessThan(Math.min(...asItIs.window));
      expect(of(decoy).effect).toMatch(/^(none|worse|kills)$/);
      expect(of(decoy).values?.window.some((value) => value >= Math.min(...asItIs.window))).toBe(true);
    },
  );

  test("has a scenario for each trace of the folder", () => {
    expect(readdirSync(FOLDER).sort()).toEqual(SCENARIOS.map(([name]) => `${name}.json`).sort());
  });

  test("says that a change which only puts a kill off does not prevent it", slow(2), async () => {
    const { tried } = await worstOf("no-swap.json");
    expect(tried.find(({ remedy }) => remedy === "pace")?.effect).toBe("moves");
  });

  test(
    "counts waits for files that had been evicted: none that grow are called help, none that shrink harm",
    slow(3),
    async () => {
      const { measure, asItIs, tried } = await worstOf("cache-heavy");
      expect(measure).toBe("waits");
      const effects = Object.fromEntries(tried.map(({ remedy, effect }) => [remedy, effect]));
      expect(effects).toMatchObject({ driver: "worse", "kswapd-earlier": "worse", memory: "helps" });
      expect(effects.target).not.toBe("worse");
      for (const { waits, effect } of tried) {
        if (waits !== null && Math.min(...waits.run) > Math.max(...asItIs.run)) expect(effect).toBe("worse");
        if (waits !== null && Math.max(...waits.run) < Math.min(...asItIs.run)) expect(effect).not.toBe("worse");
      }
    },
  );
});
