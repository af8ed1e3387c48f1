import { expect, test } from "vitest";
import {
  formatAggregate,
  formatRequirement,
  parseAggregate,
  parseGoal,
  parseRequirement,
  requirementsOf,
  requirementsText,
} from "../../../src/sim/tune/goal.ts";

const inputError = (message: string | RegExp) =>
  expect.objectContaining({ name: "InputError", message: expect.stringMatching(message) });

test("goals name an objective", () => {
  expect(parseGoal("minimize", "stall_full")).toEqual({ objective: "stall_full", direction: "minimize" });
  expect(parseGoal("maximize", " reclaimed_area ")).toEqual({ objective: "reclaimed_area", direction: "maximize" });
  expect(() => parseGoal("minimize", "stal_full")).toThrow(
    inputError(/^--minimize: unknown objective "stal_full"; did you mean "stall_full"\? \(there are time_to_target, /),
  );
});

test.each([
  ["oom_kills == 0", { objective: "oom_kills", relation: "==", bound: 0 }],
  ["oom_kills=0", { objective: "oom_kills", relation: "==", bound: 0 }],
  ["time_to_target<=60", { objective: "time_to_target", relation: "<=", bound: 60 }],
  [" stall_full < 1.5 ", { objective: "stall_full", relation: "<", bound: 1.5 }],
  ["reclaimed_area >= 1e9", { objective: "reclaimed_area", relation: ">=", bound: 1e9 }],
  ["reclaimed_area > 0", { objective: "reclaimed_area", relation: ">", bound: 0 }],
  ["stall_full <= reference", { objective: "stall_full", relation: "<=", bound: 1, of: "reference" }],
  ["stall_full<=1.1*reference", { objective: "stall_full", relation: "<=", bound: 1.1, of: "reference" }],
  ["reclaimed_area >= reference * 0.9", { objective: "reclaimed_area", relation: ">=", bound: 0.9, of: "reference" }],
  ["unreached = 0 * reference", { objective: "unreached", relation: "==", bound: 0, of: "reference" }],
] as const)("%j is a requirement", (text, requirement) => {
  expect(parseRequirement(text)).toEqual(requirement);
  expect(parseRequirement(formatRequirement(parseRequirement(text)))).toEqual(requirement);
});

test.each([
  [
    "",
    /^--require "": expected an objective, <, <=, ==, >= or >, and a number or "reference", such as "oom_kills == 0" or "stall_full <= 1.1 \* reference"$/,
  ],
  ["oom_kills", /expected an objective/],
  ["oom_kills => 0", /expected a number \(times\), reference, .* behind =, found "> 0"$/],
  ["oom_kill == 0", /^--require "oom_kill == 0": unknown objective "oom_kill"; did you mean "oom_kills"\?/],
  [
    "stall_full <= 5s",
    /^--require "stall_full <= 5s": expected a number \(s\), reference, or a factor of it such as 1.1 \* reference behind <=, found "5s"$/,
  ],
  ["stall_full <= reference + 5", /expected a number \(s\), reference, .*, found "reference \+ 5"$/],
  ["stall_full <= 1.1 reference", /expected a number \(s\), reference, .*, found "1.1 reference"$/],
  ["stall_full <= -1 * reference", /: expected a factor of 0 or more, such as 1.1 \* reference, found "-1"$/],
  ["stall_full <= ten * reference", /: expected a factor of 0 or more, such as 1.1 \* reference, found "ten"$/],
  ["stall_full <= * reference", /: expected a factor of 0 or more, such as 1.1 \* reference, found ""$/],
  ["reference <= stall_full", /unknown objective "reference"/],
  ["stall_full <= 1e999", /expected a number \(s\)/],
])("%j is none", (text, message) => {
  expect(() => parseRequirement(text)).toThrow(inputError(message));
});

test.each([
  ["mean", { kind: "mean" }],
  ["weights", { kind: "weights" }],
  ["worst", { kind: "worst" }],
  ["q0.9", { kind: "quantile", q: 0.9 }],
  ["q1", { kind: "quantile", q: 1 }],
] as const)("%s is an aggregate", (text, aggregate) => {
  expect(parseAggregate(text)).toEqual(aggregate);
  expect(formatAggregate(parseAggregate(text))).toBe(text);
});

test.each(["q0", "q1.5", "q", "0.9", "median", ""])("%j is none", (text) => {
  expect(() => parseAggregate(text)).toThrow(
    inputError(/^--aggregate "[^"]*": expected mean, weights, worst, or a quantile such as q0\.9/),
  );
});

test("a misspelt objective gets a suggestion", () => {
  expect(() => parseAggregate("wurst")).toThrow(/did you mean "worst"\?$/);
});

const ASSUMED = { objective: "oom_kills", relation: "<=", bound: 1, of: "reference", isAssumed: true };

test("without a requirement about kills, no more of them than the reference has are required", () => {
  const [stall] = requirementsOf(["stall_full <= reference"], true);
  expect(requirementsOf([], false)).toEqual([ASSUMED]);
  expect(requirementsOf(["stall_full <= reference"], false)).toEqual([stall, ASSUMED]);
  expect(requirementsOf(["stall_full <= reference"], true)).toEqual([stall]);
  expect(requirementsOf(["oom_kills <= 4"], false)).toEqual([{ objective: "oom_kills", relation: "<=", bound: 4 }]);
  expect(requirementsOf(["downtime <= 4"], false)).toEqual([{ objective: "downtime", relation: "<=", bound: 4 }]);
  expect(() => requirementsOf(["oom_kills <= 4"], true)).toThrow(
    inputError(/^--allow-kills: --require "oom_kills <= 4" limits kills: leave one of them out$/),
  );
});

test("the text of requirements says which one was assumed, and that kills are allowed", () => {
  const text = (options: string[], allowsKills?: true) =>
    requirementsText({
      requirements: requirementsOf(options, allowsKills === true),
      ...(allowsKills && { allowsKills }),
    });
  expect(text(["unreached <= 1.5 * reference"])).toBe(
    "unreached <= 1.5 * reference, oom_kills <= reference (assumed; --allow-kills lifts it)",
  );
  expect(text(["oom_kills == 0"])).toBe("oom_kills == 0");
  expect(text(["unreached == 0"], true)).toBe("unreached == 0, kills are allowed");
  expect(text([], true)).toBe("nothing; kills are allowed");
  // A study of before.
  expect(requirementsText({ requirements: [] })).toBe("");
});
