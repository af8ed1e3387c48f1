import { expect, test, vi } from "vitest";
import { failureOf } from "../../../src/common/cli/failure.ts";
import { fuzzScenarios } from "../../../src/sim/cli/fuzz-scenarios.ts";
import { fidelityTable } from "../../../src/sim/cli/print-fidelity.ts";
import type { Scenario } from "../../../src/sim/fidelity/scenario.ts";
import type { Checked } from "../../../src/sim/fuzz/check.ts";

const { checks, printed } = vi.hoisted(() => ({ checks: [] as Checked[], printed: [] as string[] }));

vi.mock("../../../src/sim/fuzz/check.ts", () => ({ check: () => checks.shift() }));
vi.mock("../../../src/common/cli/output.ts", async (original) => ({
  ...(await original<object>()),
  print: (text: string) => printed.push(text),
}));

test("fuzz ends with 1 where scenarios failed", async () => {
  const good: Checked = { failure: null, events: 10, simulatedSeconds: 1 };
  const bad: Checked = { ...good, failure: { kind: "invariant", atUs: 2_000_000, message: "a page is gone" } };
  checks.push(good, bad, good, bad);
  const error = await fuzzScenarios({ seed: "s", runs: 4, quiet: true }).catch((thrown: unknown) => thrown);
  expect(failureOf(error)).toEqual({ exitCode: 1, line: "2 of 4 scenarios failed" });
  expect(printed).toEqual([
    's+1: invariant at 2 s: a page is gone\n  again: balloon-sim fuzz --seed "s+1" --runs 1\n',
    's+3: invariant at 2 s: a page is gone\n  again: balloon-sim fuzz --seed "s+3" --runs 1\n',
    "seed s: 4 scenarios, 2 failures, 40 events, 4s simulated\n",
  ]);
  checks.push(good);
  await expect(fuzzScenarios({ seed: "s", runs: 1, quiet: true })).resolves.toBeUndefined();
});

test("fidelity counts the curves and the scenarios that are within their limits, and no others", () => {
  const scenario = (name: string, within: readonly boolean[], isOomWithin: boolean, role: Scenario["role"]) =>
    ({
      name,
      role,
      unmodelled: [],
      unrecorded: [],
      costsNote: null,
      runs: [],
      curves: within.map((isWithin) => ({ kind: { title: "free" }, error: isWithin ? 0.01 : 0.5, isWithin })),
      targets: [],
      oom: { recorded: true, simulated: isOomWithin, isWithin: isOomWithin },
      isWithin: isOomWithin && within.every((each) => each),
    }) as unknown as Scenario;
  const counts = (role: Scenario["role"]) => [
    scenario("all", [true, true, true], true, role),
    scenario("some", [true, false, false], true, role),
    scenario("kills", [true, true, true], false, role),
  ];
  const end = (scenarios: readonly Scenario[]) =>
    fidelityTable(scenarios)
      .trimEnd()
      .split("\n")
      .filter((line) => line.startsWith("Within"));
  expect(end(counts(null))).toEqual(["Within their limits: 7 of 9 curves, 1 of 3 scenarios entirely."]);
  expect(end([...counts("fit"), scenario("held", [false, false, true], true, "test")])).toEqual([
    "Within their limits (fit): 7 of 9 curves, 1 of 3 scenarios entirely.",
    "Within their limits (test): 1 of 3 curves, 0 of 1 scenarios entirely.",
  ]);
});
