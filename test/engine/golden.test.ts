import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Oracles, oracleMissing } from "../support/drivers/oracle.ts";
import { GOLDEN_PLANS, goldenRates, goldenText, randomGoldenPlans } from "../support/generators/golden-plans.ts";
import { replayText } from "../support/in-process/replay-text.ts";

// Plans with what the reference driver said to them, kept for machines that have no oracle. Where there is one, the records
// themselves are checked. BALLOON_RECORD=1 makes them anew, from test/support/generators/golden-plans.ts.

const FOLDER = fileURLToPath(new URL("golden/", import.meta.url));
const missing = oracleMissing();
const record = process.env.BALLOON_RECORD === "1";

const read = (name: string, type: "plan" | "csv" | "txt") => readFileSync(join(FOLDER, `${name}.${type}`), "utf8");

if (record) {
  if (missing !== undefined) throw new Error(`can't record: ${missing}`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  const oracles = new Oracles();
  for (const plan of [...GOLDEN_PLANS, ...randomGoldenPlans()]) {
    const text = goldenText(plan);
    const oracle = oracles.build(goldenRates(text));
    writeFileSync(join(FOLDER, `${plan.name}.plan`), text);
    writeFileSync(join(FOLDER, `${plan.name}.csv`), oracle.run([text])[0].stdout);
    writeFileSync(join(FOLDER, `${plan.name}.txt`), oracle.run([text], ["--text"])[0].stdout);
  }
  oracles.remove();
}

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".plan"))
  .map((file) => file.replace(/\.plan$/, ""));

describe("the records of the reference driver", () => {
  it("belong to the plans of golden-plans.ts", () => {
    const written = names.filter((name) => !name.startsWith("random-"));
    expect(written.sort()).toEqual(GOLDEN_PLANS.map(({ name }) => name).sort());
    for (const plan of GOLDEN_PLANS) expect(read(plan.name, "plan")).toBe(goldenText(plan));
  });

  it.each(names)("are what the engine prints for %s", (name) => {
    const plan = read(name, "plan");
    expect(replayText(plan, goldenRates(plan)).stdout).toBe(read(name, "csv"));
    expect(replayText(plan, goldenRates(plan), true).stdout).toBe(read(name, "txt"));
  });

  describe.skipIf(missing !== undefined)(`and what the oracle prints${missing ? ` (${missing})` : ""}`, () => {
    let oracles: Oracles;
    beforeAll(() => {
      oracles = new Oracles();
    });
    afterAll(() => oracles?.remove());

    it.each(names)("are still the same: %s", (name) => {
      const plan = read(name, "plan");
      const oracle = oracles.build(goldenRates(plan));
      expect(oracle.run([plan])[0]).toMatchObject({ status: 0, stdout: read(name, "csv") });
      expect(oracle.run([plan], ["--text"])[0].stdout).toBe(read(name, "txt"));
    });
  });
});
