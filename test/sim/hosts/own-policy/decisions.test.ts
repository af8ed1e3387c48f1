import { describe, expect, test } from "vitest";
import { decisionsOf } from "../../../../src/sim/hosts/own-policy/decisions.ts";
import { defaultsOf } from "../../../../src/sim/hosts/params.ts";
import type { EsxParams } from "../../../../src/sim/hosts/policies/esx/policy.ts";
import { ESX } from "../../../../src/sim/hosts/policies/esx/policy.ts";

const view = { nowUs: 0, host: { memory: 1e9, free: 0 }, vms: ["A", "B", "__proto__"].map((name) => ({ name })) };

describe("what a policy of one's own decides", () => {
  test("has targets in a Map or an object, in whole bytes", () => {
    const targets = new Map([
      ["A", 5],
      ["B", 0],
    ]);
    expect(decisionsOf({ targets }, view)).toEqual({ targets });
    expect(decisionsOf({ targets: { A: 5.9, B: -0 } }, view)).toEqual({ targets });
    expect(decisionsOf({ targets: {} }, view)).toEqual({ targets: new Map() });
  });

  test("may name a VM as no other object would be named", () => {
    const targets = JSON.parse('{"__proto__": 7}');
    expect(decisionsOf({ targets }, view).targets).toEqual(new Map([["__proto__", 7]]));
  });

  test("may be all that a bundled policy decides", () => {
    const vms = [{ name: "A", size: 200e6, max: 200e6, active: 1, target: 150e6 }];
    const full = { ...view, vms };
    const decisions = ESX.create(defaultsOf(ESX.params) as EsxParams).decide(full);
    expect(decisions).toMatchObject({ state: "low", blocked: ["A"], breakLargePages: true, wakes: {} });
    const { wakes, ...others } = decisions;
    // Bounds are whole bytes here.
    const { above = 0 } = wakes ?? {};
    expect(decisionsOf(structuredClone(decisions), full)).toEqual({ ...others, wakes: { above: Math.floor(above) } });
  });

  test("keeps texts that could write to the terminal escaped", () => {
    const decided = decisionsOf({ targets: {}, state: "a\u001b[31m", outcome: { success: true, why: "\u202e" } }, view);
    expect(decided).toMatchObject({ state: "a\\u{1b}[31m", outcome: { success: true, stuck: [], why: "\\u{202e}" } });
  });

  const bytes = "expected bytes, a number of 0 or more";
  const REFUSED: readonly [unknown, string][] = [
    [undefined, "nothing: expected { targets }"],
    [null, "null: expected { targets }"],
    [[], "an array: expected { targets }"],
    [new Map(), "an object: expected { targets }"],
    [{}, "targets = nothing: expected a Map or an object of bytes by VM"],
    [{ target: {} }, 'the unknown field "target"; did you mean "targets"?'],
    [{ targets: [1] }, "targets = an array: expected a Map or an object of bytes by VM"],
    [{ targets: { A: Number.NaN } }, `targets["A"] = NaN: ${bytes}`],
    [{ targets: { A: -1 } }, `targets["A"] = -1: ${bytes}`],
    [{ targets: { A: Number.POSITIVE_INFINITY } }, `targets["A"] = Infinity: ${bytes}`],
    [{ targets: { A: "5" } }, `targets["A"] = "5": ${bytes}`],
    [{ targets: { A: null } }, `targets["A"] = null: ${bytes}`],
    [{ targets: { A: undefined } }, `targets["A"] = nothing: ${bytes}`],
    [{ targets: { A: 10n } }, `targets["A"] = 10n: ${bytes}`],
    [{ targets: { A: 1e300 } }, `targets["A"] = 1e+300: expected at most 4503599627370496 bytes`],
    [{ targets: { C: 1 } }, 'targets of "C", which is no VM in the view'],
    [{ targets: new Map([[1, 1]]) }, "targets of 1, which is no VM in the view"],
    [{ targets: {}, hostSwap: { A: Number.NaN } }, `hostSwap["A"] = NaN: ${bytes}`],
    [{ targets: {}, blocked: "A" }, 'blocked = "A": expected an array of the names of VMs'],
    [{ targets: {}, blocked: ["X"] }, 'blocked of "X", which is no VM in the view'],
    [{ targets: {}, state: "" }, 'state = "": expected a text of 1 to 400 characters'],
    [{ targets: {}, state: 5 }, "state = 5: expected a text of 1 to 400 characters"],
    [{ targets: {}, againUs: 0 }, "againUs = 0: expected a time of 1 or more, in microseconds"],
    [{ targets: {}, againUs: Number.NaN }, "againUs = NaN: expected a time of 1 or more, in microseconds"],
    [{ targets: {}, wakes: { below: -1 } }, `wakes.below = -1: ${bytes}`],
    [{ targets: {}, wakes: { blow: 1 } }, 'the unknown field "wakes.blow"; did you mean "below"?'],
    [{ targets: {}, breakLargePages: 1 }, "breakLargePages = 1: expected true or false"],
    [{ targets: {}, outcome: { success: true } }, "outcome.why = nothing: expected a text of 1 to 400 characters"],
    [{ targets: {}, outcome: {} }, "outcome.success = nothing: expected true or false"],
  ];
  test.each(REFUSED.map(([value, message]) => ({ value, message })))("refused: $message", ({ value, message }) => {
    expect(() => decisionsOf(value, view)).toThrow(message);
  });
});
