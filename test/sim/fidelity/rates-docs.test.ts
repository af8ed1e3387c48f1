import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  COMPARED_SCENARIOS,
  comparedFiles,
  hostOf,
  readCompared,
  simulateCompared,
  VARIANTS,
} from "../../support/data/compared-runs.ts";
import { labScenarios } from "../../support/data/lab-tables.ts";
import { withRates, withShort, workRate } from "../../support/pages/rates-page.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(20);

// Whatever differs is rewritten by `npm run fidelity:docs`.

const PAGE = "rate-control.md";

test(`the tables of docs/${PAGE} are those of the recordings and of the simulator`, async () => {
  const page = readFileSync(new URL(`../../../docs/${PAGE}`, import.meta.url), "utf8");
  await expect(withRates(page)).toMatchFileSnapshot(`../../../docs/${PAGE}`);
});

test("the table of the README is that of the recordings", async () => {
  const page = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  await expect(withShort(page)).toMatchFileSnapshot("../../../README.md");
});

const CELLS = COMPARED_SCENARIOS.flatMap((scenario) => VARIANTS.map((variant) => [scenario, variant] as const));

test.each(CELLS)(
  "%s with %s was recorded three times at least, as planned, without a violation of the protocol",
  (...cell) => {
    const name = `compare-${cell.join("-")}`;
    const { memory, settings } = labScenarios().find((one) => one.name === name) as {
      memory: string;
      settings: string;
    };
    const texts = comparedFiles(...cell).map((path) => readFileSync(path, "utf8"));
    expect(texts.length).toBeGreaterThanOrEqual(3);
    for (const text of texts) {
      expect(text.split("\n")[0]).toBe(`# mem=${memory} ${settings}`);
      expect(hostOf(text)?.violations ?? 0).toBe(0);
    }
  },
);

/** The scenarios whose workload touches memory at a rate all the time, so that its work is simulated, too. */
const WORKING = CELLS.filter(([scenario]) => ["working", "working-san", "moving-san"].includes(scenario));
/** How much more, or less, a simulated workload may get done than the recorded one. */
const WORK_FACTOR = 1.6;

test.each(WORKING)(
  "the workload of %s with %s gets done in the simulation what was recorded, within a factor of 1.6",
  (...cell) => {
    const files = comparedFiles(...cell);
    const recorded = files.map((file) => workRate(readCompared(file))).filter((rate) => rate !== null);
    const simulated = workRate(simulateCompared(files[0] as string, 1)) as number;
    // The rates of gentle were recorded before the work was.
    if (cell[1] === "gentle") return expect(recorded).toEqual([]);
    expect(simulated).toBeGreaterThan(Math.min(...recorded) / WORK_FACTOR);
    expect(simulated).toBeLessThan(Math.max(...recorded) * WORK_FACTOR);
  },
);
