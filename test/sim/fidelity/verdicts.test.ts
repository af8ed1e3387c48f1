import { describe, expect, test } from "vitest";
import { readRoles } from "../../../src/sim/fidelity/roles.ts";
import { LAB_ROLES } from "../../support/data/lab-runs.ts";
import { KNOWN_DEVIATIONS, recordedScenarios } from "../../support/pages/fidelity-page.ts";

const roles = readRoles(LAB_ROLES);
const scenarios = recordedScenarios();

/**
 * What is known to be beyond its limit, and how far it may be off, by scenario and curve. Kept by hand in `beyond.json`: a
 * model that has become worse does not pass, and one that has become better has to say so there.
 */
const known = new Map<string, number>();
for (const { curves } of KNOWN_DEVIATIONS) {
  for (const [scenario, limits] of Object.entries(curves)) {
    for (const [curve, most] of Object.entries(limits)) known.set(`${scenario} ${curve}`, most);
  }
}

describe("the recorded runs", () => {
  test("are three of each scenario, with a role each", () => {
    expect(scenarios.map(({ name, runs }) => [name, runs.length]).sort()).toEqual(
      [...roles.keys()].map((name) => [name, 3]).sort(),
    );
    expect(roles.size).toBeGreaterThanOrEqual(20);
  });

  test("are mostly held out from the fit", () => {
    const count = (role: string) => [...roles.values()].filter((one) => one === role).length;
    expect(count("test")).toBeGreaterThan(3 * count("fit"));
  });
});

describe("the replay", () => {
  test("is within its limits, or beyond them as recorded in beyond.json", () => {
    const beyond = scenarios.flatMap(({ name, curves }) =>
      curves.filter(({ isWithin }) => !isWithin).map(({ kind, error }) => ({ curve: `${name} ${kind.id}`, error })),
    );
    expect(beyond.map(({ curve }) => curve).sort()).toEqual([...known.keys()].sort());
    const worse = beyond.filter(({ curve, error }) => error * 100 > (known.get(curve) as number));
    expect(worse).toEqual([]);
  });

  test("reaches each target as soon as the recorded runs, within a cycle or 5 %", () => {
    const late = scenarios.flatMap(({ name, targets }) =>
      targets.filter(({ isWithin }) => !isWithin).map((target) => ({ name, ...target })),
    );
    expect(late).toEqual([]);
  });

  test("has OOM kills in exactly the same scenarios", () => {
    const killed = (of: "recorded" | "simulated") => scenarios.filter(({ oom }) => oom[of]).map(({ name }) => name);
    expect(killed("simulated")).toEqual(killed("recorded"));
    expect(killed("recorded")).not.toEqual([]);
    expect(scenarios.every(({ oom }) => oom.isWithin)).toBe(true);
  });
});
