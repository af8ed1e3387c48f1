import { expect, test } from "vitest";
import {
  formatAggregate,
  formatRequirement,
  parseAggregate,
  parseGoal,
  parseRequirement,
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
] as const)("%j is a requirement", (text, requirement) => {
  expect(parseRequirement(text)).toEqual(requirement);
  expect(parseRequirement(formatRequirement(parseRequirement(text)))).toEqual(requirement);
});

test.each([
  ["", /^--require "": expected an objective, <, <=, ==, >= or >, and a number, such as "oom_kills == 0"$/],
  ["oom_kills", /expected an objective/],
  ["oom_kills => 0", /expected a number \(times\) behind =, found ">"|expected an objective/],
  ["oom_kill == 0", /^--require "oom_kill == 0": unknown objective "oom_kill"; did you mean "oom_kills"\?/],
  ["stall_full <= 5s", /^--require "stall_full <= 5s": expected a number \(s\) behind <=, found "5s"$/],
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

test("a slip is pointed out", () => {
  expect(() => parseAggregate("wurst")).toThrow(/did you mean "worst"\?$/);
});
