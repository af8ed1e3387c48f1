import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readRoles } from "../../../src/sim/fidelity/roles.ts";
import { scenariosOf } from "../../../src/sim/fidelity/scenario.ts";
import { compareLabRun, LAB_ROLES, labRunFiles } from "../../support/lab-runs.ts";

/**
 * What is known to be beyond its limit, curve by curve, and how far it may be off, in per cent of its range. Kept by hand:
 * a model that has become worse does not pass, and one that has become better has to say so here.
 */
const KNOWN = JSON.parse(readFileSync(new URL("./beyond.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, number>
>;

const roles = readRoles(LAB_ROLES);
const files = labRunFiles();
const scenarios = scenariosOf(files.map(compareLabRun), roles);

describe("the recorded runs", () => {
  test("are three of each scenario, whose role is known", () => {
    expect(scenarios.map(({ name, runs }) => [name, runs.length]).sort()).toEqual(
      [...roles.keys()].map((name) => [name, 3]).sort(),
    );
    expect(roles.size).toBeGreaterThanOrEqual(20);
  });

  test("are mostly none that the fit has seen", () => {
    const count = (role: string) => [...roles.values()].filter((known) => known === role).length;
    expect(count("fit")).toBeLessThan(count("test") / 3 + 1);
  });
});

describe("the replay is within its limits, or as far beyond as is known", () => {
  test.each(scenarios)("$name", ({ name, curves }) => {
    const beyond = curves.filter(({ isWithin }) => !isWithin);
    expect(beyond.map(({ kind }) => kind.id)).toEqual(Object.keys(KNOWN[name] ?? {}));
    for (const { kind, error } of beyond) {
      expect(error * 100, kind.id).toBeLessThanOrEqual(KNOWN[name]?.[kind.id] as number);
    }
  });

  test("the target is reached as soon as in the recorded runs, within a cycle or 5 %", () => {
    const late = scenarios.flatMap(({ name, targets }) =>
      targets.filter(({ isWithin }) => !isWithin).map((target) => ({ name, ...target })),
    );
    expect(late).toEqual([]);
  });

  test("somebody is killed in exactly the same scenarios", () => {
    const killed = (of: "recorded" | "simulated") => scenarios.filter(({ oom }) => oom[of]).map(({ name }) => name);
    expect(killed("simulated")).toEqual(killed("recorded"));
    expect(killed("recorded")).not.toEqual([]);
    expect(scenarios.every(({ oom }) => oom.isWithin)).toBe(true);
  });
});
