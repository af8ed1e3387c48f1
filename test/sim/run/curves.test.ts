import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { SCENARIOS } from "../../support/data/scenarios.ts";
import { GoldenCurve, goldenCurve } from "../../support/in-process/curves.ts";

describe("the curve of a scenario", () => {
  // The first thing to look at where a hash differs are the curves of test/sim/run/kernel.test.ts, which are kept whole.
  it.each(Object.entries(SCENARIOS))("has the hash on record: %s", async (name, text) => {
    const hash = createHash("sha256").update(goldenCurve(text)).digest("hex");
    await expect(`${hash}\n`).toMatchFileSnapshot(`golden/${name}.sha256`);
  });

  it.each(Object.entries(SCENARIOS))("is the same where the run is suspended every 97 events: %s", (_, text) => {
    expect(curveInPieces(text, 97)).toBe(goldenCurve(text));
  });
});

/** The curve of a run that is suspended every so many events, and resumed by another simulation from the saved state. */
function curveInPieces(text: string, events: number): string {
  const curve = new GoldenCurve();
  const create = () => new Simulation(readTrace(text), { rates: DEFAULT_RATES }, {});
  let simulation = create();
  simulation.observe(curve);
  while (simulation.runFor(events)) {
    expect(new Invariants(simulation.parts).violated()).toBeNull();
    const state = saveState([simulation]);
    simulation = create();
    restoreState([simulation], state);
    simulation.observe(curve);
  }
  return curve.text;
}
