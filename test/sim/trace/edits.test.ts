import { expect, test } from "vitest";
import { type Edit, EditedDocument } from "../../../src/sim/trace/edits.ts";

/** A document with edits, and what was reported. */
function edited(document: unknown, edits: readonly Omit<Edit, "report">[]) {
  const reports: string[] = [];
  const result = new EditedDocument(
    document,
    edits.map((edit, index) => ({ ...edit, report: (message) => reports.push(`${index}: ${message}`) })),
  );
  return { result, reports };
}

const DOCUMENT = { guest: { memory: 1 }, list: [{ name: "a", x: 1 }, { name: "b", x: 2 }, 3] };

test("values are replaced and added in a copy, one after the other", () => {
  const before = structuredClone(DOCUMENT);
  const { result, reports } = edited(DOCUMENT, [
    { path: ["guest", "memory"], value: 2 },
    { path: ["guest", "costs", "fault"], value: "1us" },
    { path: ["list", { named: "b" }, "x"], value: 5 },
    { path: ["list", 2], value: 4 },
    { path: ["guest", "memory"], value: 3 },
  ]);
  expect(result.value).toEqual({
    guest: { memory: 3, costs: { fault: "1us" } },
    list: [{ name: "a", x: 1 }, { name: "b", x: 5 }, 4],
  });
  expect(DOCUMENT).toEqual(before);
  expect([result.isGood, reports]).toEqual([true, []]);
});

test("a name that no element has is reported, and its edit is left out", () => {
  const { result, reports } = edited(DOCUMENT, [
    { path: ["list", { named: "c" }, "x"], value: 5 },
    { path: ["none", { named: "c" }, "x"], value: 5 },
  ]);
  expect(result.value).toEqual(DOCUMENT);
  expect(result.isGood).toBe(false);
  expect(reports).toEqual([
    '0: there is no "c" in "list" of the trace (there are: a, b)',
    '1: there is no "c" in "none" of the trace',
  ]);
});

test("a problem is that of the last edit that made it, in the value or in what is around it", () => {
  const { result, reports } = edited(DOCUMENT, [
    { path: ["guest", "machine", "name"], value: "x" },
    { path: ["guest", "memory"], value: 2 },
    { path: ["guest", "memory"], value: 3 },
  ]);
  expect(result.claims({ path: ["guest", "memory", "deep"], message: "bad" })).toBe(true);
  // The object was made by the edit, so what it lacks is the edit's.
  expect(result.claims({ path: ["guest", "machine"], message: "lacks" })).toBe(true);
  expect(result.claims({ path: ["guest"], message: "other" })).toBe(false);
  expect(result.claims({ path: [], message: "other" })).toBe(false);
  expect(result.claims({ path: ["list"], message: "other" })).toBe(false);
  expect(reports).toEqual(["2: bad", "0: lacks"]);
  expect(result.isGood).toBe(false);
});

test("values in a place can be refused", () => {
  const { result, reports } = edited(DOCUMENT, [
    { path: ["guest", "memory"], value: 2 },
    { path: ["list", { named: "b" }, "x"], value: 5 },
  ]);
  result.refuse(["list", 0], "not here");
  expect(result.isGood).toBe(true);
  result.refuse(["list", 1], "not here");
  expect(reports).toEqual(["1: not here"]);
});
