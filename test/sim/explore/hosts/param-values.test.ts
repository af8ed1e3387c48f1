import { expect, test } from "vitest";
import { movedText, type ParamValue, shown } from "../../../../src/sim/explore/page/hosts/param-values.ts";
import type { NumberParam } from "../../../../src/sim/hosts/params.ts";

const spec = (kind: "bytes" | "time" | "ratio"): NumberParam => ({
  ...{ name: "x", meaning: "", kind, default: 0, min: 0, max: 1e12 },
});
const value = (kind: "bytes" | "time" | "ratio", own: number, now: number): ParamValue => ({
  ...{ spec: spec(kind), own, value: now },
});

test.each([
  ["bytes", 104_857_600, 1_048_577, "1048577"],
  ["time", 5_000_000, 1_234_567, "1.234567"],
  ["ratio", 0.75, 0.123_456, "0.123456"],
] as const)("%s that a link has set, and that are not moved, stay exact", (kind, own, now, text) => {
  const one = value(kind, own, now);
  expect(movedText(one, shown(kind, now))).toBe(text);
  // Moved, and moved to the policy's own.
  expect(Number(movedText(one, 2))).toBe({ bytes: 2_097_152, time: 2, ratio: 2 }[kind]);
  expect(movedText(one, shown(kind, own))).toBe(movedText(value(kind, own, own), shown(kind, own)));
});

test("the policy's own value that a field can't show is no change when another one is moved back to it", () => {
  expect(movedText(value("bytes", 1_048_577, 4_194_304), shown("bytes", 1_048_577))).toBe("1048577");
});
