import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runTrace } from "../../../src/sim/core.ts";
import { CurveRun } from "../../../src/sim/explore/worker/curve-run.ts";
import { ROOT } from "../../support/processes/command.ts";

const SPIKE = readFileSync(join(ROOT, "traces", "spike.json"), "utf8");

function finished(): CurveRun {
  const run = new CurveRun(SPIKE, {});
  while (run.runFor(1000));
  return run;
}

describe("a run whose rows become curves", () => {
  test("has the values of the command's rows in every column; of intervals, totals since the run began", () => {
    const { rows } = runTrace(SPIKE, { columns: "all" });
    const [head = "", ...lines] = rows.trimEnd().split("\n");
    const names = head.split(",");
    const values = lines.map((line) => line.split(",").map(Number));
    const { names: drawn, columns } = finished().takeCurves();
    const columnOf = (name: string) => [...(columns[drawn.indexOf(name)] ?? [])];
    let sum = 0;
    const allocated = values.map((row) => {
      sum += row[names.indexOf("allocated")] as number;
      return sum;
    });
    expect(sum).toBeGreaterThan(0);
    expect(columnOf("allocated")).toEqual(allocated);
    for (const name of ["time_s", "size", "target", "rate_alloc"]) {
      expect(columnOf(name), name).toEqual(values.map((row) => row[names.indexOf(name)]));
    }
  });

  test("a part of it is a copy, which later rows leave alone; of a run that is over, nothing is copied", () => {
    const run = new CurveRun(SPIKE, {});
    for (let i = 0; i < 20; i++) run.runFor(100);
    const part = run.curves;
    const before = part.columns.map((column) => [...column]);
    while (run.runFor(1000));
    expect(part.columns.map((column) => [...column])).toEqual(before);
    expect(run.curves.columns[0]?.buffer).not.toBe(run.curves.columns[0]?.buffer);
    expect(run.takeCurves().columns[0]?.buffer).toBe(run.takeCurves().columns[0]?.buffer);
  });
});
