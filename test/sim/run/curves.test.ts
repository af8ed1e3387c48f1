import { describe, expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { restoreState, saveState } from "../../../src/sim/run/checkpoint.ts";
import { Invariants } from "../../../src/sim/run/invariants.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { SCENARIOS } from "../../support/data/scenarios.ts";
import { GoldenCurve, goldenCurve } from "../../support/in-process/curves.ts";

const golden = (name: string): string => `golden/${name}.csv`;

describe("whole curves", () => {
  it.each(Object.entries(SCENARIOS))("%s", async (name, text) => {
    await expect(goldenCurve(text)).toMatchFileSnapshot(golden(name));
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

describe("whole curves of a run that is suspended again and again", () => {
  it.each(Object.entries(SCENARIOS))("%s", async (name, text) => {
    await expect(curveInPieces(text, 97)).toMatchFileSnapshot(golden(name));
  });
});
