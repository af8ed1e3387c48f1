import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runLabels, traceColumn } from "../../../src/sim/output/run-labels.ts";

// Few texts, some of which look like labels that were made: collisions are the rule.
const text = fc.constantFrom("a", "b", "a (x)", "a (x) #2", "x", "x #2", "x #3", "");
const runs = fc.array(fc.record({ trace: text, name: text }), { maxLength: 12 });

describe("labels of runs", () => {
  test("no two runs have the same label", () => {
    fc.assert(
      fc.property(runs, (list) => {
        expect(new Set(runLabels(list)).size).toBe(list.length);
      }),
    );
  });

  test("the same runs have the same labels again", () => {
    fc.assert(
      fc.property(runs, (list) => {
        expect(runLabels(list.map((run) => ({ ...run })))).toEqual(runLabels(list));
      }),
    );
  });

  test("a run whose name no other label could be taken for is called by its name among any other runs", () => {
    fc.assert(
      fc.property(runs, fc.nat(12), (list, at) => {
        const all = [...list.slice(0, at), { trace: "own.json", name: "own" }, ...list.slice(at)];
        expect(runLabels(all)[Math.min(at, list.length)]).toBe("own");
      }),
    );
  });

  test("the order of runs that differ does not change their labels", () => {
    const list = ["web.json", "db.json", "old/db.json"].map((trace) => ({ trace, name: trace.slice(-7, -5) }));
    const labels = (order: readonly number[]) =>
      runLabels(order.map((i) => list[i] as (typeof list)[number])).map((label, i) => [order[i], label]);
    expect(labels([2, 0, 1]).sort()).toEqual(labels([0, 1, 2]).sort());
  });

  test.each([
    [
      ["a.json:a", "b.json:b"],
      ["a", "b"],
    ],
    [
      ["a.json:vm", "b.json:vm", "c.json:db"],
      ["vm (a.json)", "vm (b.json)", "db"],
    ],
    [
      ["a.json:vm", "a.json:vm", "a.json:vm"],
      ["vm (a.json)", "vm (a.json) #2", "vm (a.json) #3"],
    ],
    [
      ["a.json:vm", "a.json:vm", "x.json:vm (a.json) #2"],
      ["vm (a.json)", "vm (a.json) #3", "vm (a.json) #2"],
    ],
  ])("%j are called %j", (list, expected) => {
    const pairs = list.map((pair) => pair.split(":")).map(([trace = "", name = ""]) => ({ trace, name }));
    expect(runLabels(pairs)).toEqual(expected);
  });
});

describe("the column trace", () => {
  test("is the file as it was given, with a number where it is given again", () => {
    expect(traceColumn(["spike", "a.json", "spike", "spike"])).toEqual(["spike", "a.json", "spike #2", "spike #3"]);
  });

  test("is different for each run, and has a number only where a file is given twice", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), (list) => {
        const column = traceColumn(list);
        expect(new Set(column).size).toBe(list.length);
        list.forEach((trace, i) => {
          if (list.indexOf(trace) === i) expect(column[i]).toBe(trace);
        });
      }),
    );
  });
});
