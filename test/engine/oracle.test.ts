import { afterAll, describe, expect, it } from "vitest";
import type { Rates } from "../../src/engine/index.ts";
import { Oracles, oracleMissing, type Said } from "../support/drivers/oracle.ts";
import { CONSTANT_SETS, randomConstants } from "../support/generators/constants.ts";
import { randomPlan } from "../support/generators/plans.ts";
import { seeded } from "../support/generators/random.ts";
import { replayText } from "../support/in-process/replay-text.ts";

// The proof by comparison: random plans, through the reference driver's own text and through the engine. Every byte of
// what they say is the same. BALLOON_ORACLE_PLANS=100000 makes a long run of it, BALLOON_ORACLE_SEED another one.

const PLANS = Number(process.env.BALLOON_ORACLE_PLANS ?? 3000);
const SEED = process.env.BALLOON_ORACLE_SEED ?? "1";
const BATCH = 250;
/** Plans for each set of random constants. */
const PLANS_A_RANDOM_SET = 500;

const CRASHED = 128 + 8;
const missing = oracleMissing();

const constants: Array<readonly [name: string, rates: Rates, plans: number]> = [];
const fixed = Object.entries(CONSTANT_SETS);
for (const [name, rates] of fixed) constants.push([name, rates, Math.ceil((PLANS * 0.7) / fixed.length)]);
const randomSets = Math.max(2, Math.ceil((PLANS * 0.3) / PLANS_A_RANDOM_SET));
const random = seeded(`constants ${SEED}`);
for (let set = 0; set < randomSets; set++) {
  constants.push([`random constants ${set}`, randomConstants(random), Math.ceil((PLANS * 0.3) / randomSets)]);
}

describe.skipIf(missing !== undefined)(`the engine and the reference driver${missing ? ` (${missing})` : ""}`, () => {
  const oracles = missing === undefined ? new Oracles() : undefined;
  afterAll(() => oracles?.remove());

  it.each(constants)("print the same bytes for random plans: %s", (name, rates, count) => {
    const oracle = (oracles as Oracles).build(rates);
    const random = seeded(`${SEED} ${name}`);
    for (let first = 0; first < count; first += BATCH) {
      const plans = Array.from({ length: Math.min(BATCH, count - first) }, () => randomPlan(random, rates));
      // Every second batch with the statistics text as well.
      const text = (first / BATCH) % 2 === 1 || count <= BATCH;
      const truths = oracle.run(plans, text ? ["--text"] : []);
      for (const [index, oracleSaid] of truths.entries()) {
        const { error = "", ...said } = replayText(plans[index], rates, text);
        const { badLine, truth } = withoutBadLine(oracleSaid);
        if (badLine !== undefined) expect(error, plans[index]).toMatch(new RegExp(`^plan:${badLine}:`));
        // A driver that crashes takes what it had to say with it.
        if (truth.status === CRASHED) expect(said.status, plans[index]).toBe(1);
        else if (!same(said, truth)) expect({ plan: plans[index], ...said }).toEqual({ plan: plans[index], ...truth });
      }
    }
  });
});

/** The number of the line that the oracle can't read, and its output without the message about the line. */
function withoutBadLine(said: Said): { readonly badLine: string | undefined; readonly truth: Said } {
  const message = /^oracle: line (\d+) of the plan: .*\n$/m.exec(said.stderr);
  return { badLine: message?.[1], truth: { ...said, stderr: said.stderr.replace(message?.[0] ?? "", "") } };
}

function same(said: Said, truth: Said): boolean {
  return said.stdout === truth.stdout && said.stderr === truth.stderr && said.status === truth.status;
}
